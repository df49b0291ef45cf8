/* ball_maps.h - the Poincare ball away from its origin: exponential and logarithm at any point,
 * gyration, parallel transport. Conventions as in ball.h.
 */
#ifndef HYP_BALL_MAPS_H
#define HYP_BALL_MAPS_H

#include "hyp/ball.h"

/* The scalars of exp_x(f v) = x (+) y, y = phi v, phi = f tanh(z)/z / gap_x, z = sc|f v|/gap_x (as
 * sc lambda_x |v|/2 = z for f = 1). The gap of y is sech^2(z), which 1 - c|y|^2 could not give. */
typedef struct BallExpMap {
    real gap_x, gap_y, z, phi, cw, d; /* cw = c|x + y|^2, d = gap_x gap_y + cw */
} BallExpMap;

static inline HD BallExpMap ball_exp_map_scalars(const real *x, real factor, const real *v,
                                                 int64_t n, real c) {
    BallExpMap map;
    map.gap_x = ball_gap(x, n, c);
    map.z = sqrt(c) * fabs(factor) * row_norm(v, n) / map.gap_x;
    map.gap_y = sech_square(map.z);
    map.phi = factor * tanh_ratio(map.z) / map.gap_x;
    map.cw = c * row_sum_square(x, map.phi, v, n);
    map.d = map.gap_x * map.gap_y + map.cw;
    return map;
}

/* exp_x(factor v): a step of an optimiser. out may be x or v. */
static inline HD void ball_exp_map_step(const real *x, real factor, const real *v, int64_t n,
                                        real c, real *out) {
    const BallExpMap map = ball_exp_map_scalars(x, factor, v, n, c);
    const real of_sum = map.gap_x / map.d, of_x = map.cw / map.d;
    for (int64_t i = 0; i < n; i++) out[i] = of_sum * (x[i] + map.phi * v[i]) + of_x * x[i];
}

/* exp_x(v). out may be x or v. */
static inline HD void ball_exp_map(const real *x, const real *v, int64_t n, real c, real *out) {
    ball_exp_map_step(x, 1, v, n, c, out);
}

/* Through x (+) y as in ball_mobius_add_backward, which gives
 *     dy = e_g g + e_w w + y_y y,    w = x + y,
 * and then through y = phi v. With f = tanh(z)/z, h = f'/z and
 *     dz    = c[v,dv]/(z gap_x^2) - z d gap_x/gap_x
 *     d phi = c h/gap_x^3 [v,dv] - sech^2(z)/gap_x^2 d gap_x
 * the gradients are, with r = [v,dy]/|v|,
 *     dv  = phi dy + c h/gap_x^3 [v,dy] v
 *         = (f (dy - r v/|v|) + sech^2(z) r v/|v|) / gap_x        (used for z >= 1)
 *     dx += 2c sech^2(z)/gap_x^2 [v,dy] x. */
static inline HD void ball_exp_map_backward(const real *x, const real *v, int64_t n, real c,
                                            const real *g, Gradient dx, Gradient dv) {
    const BallExpMap map = ball_exp_map_scalars(x, 1, v, n, c);
    const real gx = row_dot(g, x, n), gw = row_sum_dot(x, map.phi, v, g, n);
    const real gz = (map.gap_x * gw + map.cw * gx) / map.d;
    const real e_g = map.gap_x / map.d, e_w = 2 * c * (gx - gz) / map.d;
    const real y_y = 2 * c * gz * map.gap_x / map.d;

    const real norm = row_norm(v, n), length_y = map.phi * norm;
    const real unit = norm == 0 ? 0 : 1 / norm; /* v = 0: r is 0, and so is all that it scales */
    const real r =
        (e_g * row_dot(v, g, n) + e_w * row_sum_dot(x, map.phi, v, v, n)) * unit + y_y * length_y;
    const real slope = c * tanh_ratio_slope(map.z) / (map.gap_x * map.gap_x * map.gap_x);
    const real x_g = map.cw / map.d;
    const real x_x = 2 * c * map.gap_y / (map.gap_x * map.gap_x) * r * norm -
                     2 * c * (gw - gz * map.gap_y) / map.d;
    for (int64_t i = 0; i < n; i++) {
        const real xi = x[i], vi = v[i], yi = map.phi * vi, e = e_g * g[i] + e_w * (xi + yi);
        const real dy = e + y_y * yi, radial = r * (vi * unit);
        if (dx.data) gradient_store(dx, i, e + x_g * g[i] + x_x * xi);
        if (!dv.data) continue;
        if (map.z < 1)
            gradient_store(dv, i, map.phi * dy + slope * r * norm * vi);
        else
            gradient_store(dv, i, map.phi * (dy - radial) + map.gap_y / map.gap_x * radial);
    }
}

/* The scalars of log_x(y) = kappa(tau)/gap_y (gap_x w - cW x): w = y - x, W = |w|^2,
 * tau = sc|w|/sqrt(gap_x gap_y), kappa(tau) = asinh(tau)/(tau sqrt(1 + tau^2)). */
typedef struct BallLogMap {
    real gap_x, gap_y, cw, tau, kappa;
} BallLogMap;

static inline HD BallLogMap ball_log_map_scalars(const real *x, const real *y, int64_t n, real c) {
    BallLogMap map;
    map.gap_x = ball_gap(x, n, c);
    map.gap_y = ball_gap(y, n, c);
    map.cw = c * row_sum_square(y, -1, x, n);
    map.tau = sqrt(map.cw / (map.gap_x * map.gap_y));
    map.kappa = asinh_ratio(map.tau);
    return map;
}

/* log_x(y) = gap_x/sc artanh(sc|m|) m/|m|, m = (-x) (+) y = (gap_x w - cW x)/D. Since c|m|^2 = cW/D
 * and 1 - c|m|^2 = gap_x gap_y/D, artanh(sc|m|) = asinh(tau): no 1 - |m| is formed, and y = x needs
 * no special case. out may be x or y. */
static inline HD void ball_log_map(const real *x, const real *y, int64_t n, real c, real *out) {
    const BallLogMap map = ball_log_map_scalars(x, y, n, c);
    const real of_w = map.kappa * map.gap_x / map.gap_y, of_x = map.kappa * map.cw / map.gap_y;
    for (int64_t i = 0; i < n; i++) out[i] = of_w * (y[i] - x[i]) - of_x * x[i];
}

/* With m = gap_x [g,w] - cW [g,x], so that [g,log] = kappa m/gap_y, and chi = kappa'/tau:
 *     d kappa  = chi/2 d(tau^2)
 *     d(tau^2) = c dW/(gap_x gap_y) - tau^2 (d gap_x/gap_x + d gap_y/gap_y)
 *     dm = [g,w] d gap_x + gap_x [g,dw] - c[g,x] dW - cW [g,dx]
 * so with e, the gradient of w,
 *     e  = kappa gap_x/gap_y g + (m chi c/(gap_x gap_y^2) - 2c kappa [g,x]/gap_y) w
 *     dy =  e + c m/gap_y^2 (chi tau^2 + 2 kappa) y
 *     dx = -e - kappa cW/gap_y g + c/gap_y (m chi tau^2/gap_x - 2 kappa [g,w]) x. */
static inline HD void ball_log_map_backward(const real *x, const real *y, int64_t n, real c,
                                            const real *g, Gradient dx, Gradient dy) {
    const BallLogMap map = ball_log_map_scalars(x, y, n, c);
    const real gx = row_dot(g, x, n), gw = row_sum_dot(y, -1, x, g, n);
    const real m = map.gap_x * gw - map.cw * gx, chi = asinh_ratio_slope(map.tau);
    const real over = 1 / map.gap_y, bend = m * chi * map.tau * map.tau;
    const real e_g = map.kappa * map.gap_x * over;
    const real e_w = c * over * (m * chi / map.gap_x * over - 2 * map.kappa * gx);
    const real y_y = c * over * over * (bend + 2 * map.kappa * m);
    const real x_g = map.kappa * map.cw * over;
    const real x_x = c * over * (bend / map.gap_x - 2 * map.kappa * gw);
    for (int64_t i = 0; i < n; i++) {
        const real xi = x[i], yi = y[i], e = e_g * g[i] + e_w * (yi - xi);
        if (dx.data) gradient_store(dx, i, x_x * xi - e - x_g * g[i]);
        if (dy.data) gradient_store(dy, i, e + y_y * yi);
    }
}

/* The scalars of gyr[x, s y] v = v + 2/D (alpha x - beta w), s = 1 or -1, w = x + s y:
 *     alpha = c gap_y [w,v] + c^2 W s[y,v]
 *     beta  = c ([w,v] - gap_x s[y,v])
 *     D     = gap_x gap_y + cW.
 * It is Ungar's v + 2 (A x + B y)/D with
 *     A = -c^2[x,v]|y|^2 + c[y,v] + 2c^2[x,y][y,v]
 *     B = -c^2[y,v]|x|^2 - c[x,v],
 * rewritten with y = w - x: A x + B y = (A - B) x + B w; every term then shrinks with w, as
 * gyr[x,-x] = 1 demands. */
typedef struct BallGyration {
    real gap_x, gap_y, cw, d, wv, yv, alpha, beta;
} BallGyration;

static inline HD BallGyration ball_gyration_scalars(const real *x, real sign, const real *y,
                                                    const real *v, int64_t n, real c) {
    BallGyration gyr;
    gyr.gap_x = ball_gap(x, n, c);
    gyr.gap_y = ball_gap(y, n, c);
    gyr.cw = c * row_sum_square(x, sign, y, n);
    gyr.d = gyr.gap_x * gyr.gap_y + gyr.cw;
    gyr.wv = row_sum_dot(x, sign, y, v, n);
    gyr.yv = sign * row_dot(y, v, n);
    gyr.alpha = c * (gyr.gap_y * gyr.wv + gyr.cw * gyr.yv);
    gyr.beta = c * (gyr.wv - gyr.gap_x * gyr.yv);
    return gyr;
}

/* factor gyr[x, sign y] v. out may be v. */
static inline HD void ball_gyration_scaled(const real *x, real sign, const real *y, const real *v,
                                           int64_t n, real c, real factor, real *out) {
    const BallGyration gyr = ball_gyration_scalars(x, sign, y, v, n, c);
    const real of_x = 2 * gyr.alpha / gyr.d, of_w = 2 * gyr.beta / gyr.d;
    for (int64_t i = 0; i < n; i++)
        out[i] = factor * (v[i] + of_x * x[i] - of_w * (x[i] + sign * y[i]));
}

/* gyr[x,y] v: the rotation with x (+) (y (+) v) = (x (+) y) (+) gyr[x,y] v. */
static inline HD void ball_gyration(const real *x, const real *y, const real *v, int64_t n, real c,
                                    real *out) {
    ball_gyration_scaled(x, 1, y, v, n, c, 1, out);
}

/* The gradients of one term of gyr[x, s y] v, as coefficients: written for y' = s y, stored for y.
 * With gx = [g,x], gw = [g,w], K = (alpha gx - beta gw)/D, all times 2/D:
 *     of d[w,v]:  p_wv = c (gap_y gx - gw)             of d gap_x: p_x = c y'v gw - gap_y K
 *     of d[y',v]: p_yv = c (cW gx + gap_x gw)          of d gap_y: p_y = c wv gx - gap_x K
 *     of dW:      p_w  = c (c y'v gx - K)
 *     dw = p_wv v + 2 p_w w - beta g,   dx = dw + alpha g - 2c p_x x + extra_x x,
 *     dy' = dw + p_yv v - 2c p_y y' + extra_y y',   dv = g + p_wv w + p_yv y'  (no 2/D on g).
 * extra_x, extra_y: what a factor that depends on the gaps adds (parallel transport). */
static inline HD void ball_gyration_scaled_backward(const real *x, real sign, const real *y,
                                                    const real *v, int64_t n, real c, real factor,
                                                    real extra_x, real extra_y, const real *g,
                                                    Gradient dx, Gradient dy, Gradient dv) {
    const BallGyration gyr = ball_gyration_scalars(x, sign, y, v, n, c);
    const real gx = row_dot(g, x, n), gw = row_sum_dot(x, sign, y, g, n);
    const real k = (gyr.alpha * gx - gyr.beta * gw) / gyr.d, scale = 2 * factor / gyr.d;
    const real p_wv = scale * c * (gyr.gap_y * gx - gw);
    const real p_yv = scale * c * (gyr.cw * gx + gyr.gap_x * gw);
    const real p_w = 2 * scale * c * (c * gyr.yv * gx - k);
    const real x_x = extra_x - 2 * c * scale * (c * gyr.yv * gw - gyr.gap_y * k);
    const real y_y = extra_y - 2 * c * scale * (c * gyr.wv * gx - gyr.gap_x * k);
    const real alpha = scale * gyr.alpha, beta = scale * gyr.beta;
    for (int64_t i = 0; i < n; i++) {
        const real xi = x[i], yi = sign * y[i], vi = v[i], gi = g[i], w = xi + yi;
        const real dw = p_wv * vi + p_w * w - beta * gi;
        if (dx.data) gradient_store(dx, i, dw + alpha * gi + x_x * xi);
        if (dy.data) gradient_store(dy, i, sign * (dw + p_yv * vi + y_y * yi));
        if (dv.data) gradient_store(dv, i, factor * gi + p_wv * w + p_yv * yi);
    }
}

static inline HD void ball_gyration_backward(const real *x, const real *y, const real *v, int64_t n,
                                             real c, const real *g, Gradient dx, Gradient dy,
                                             Gradient dv) {
    ball_gyration_scaled_backward(x, 1, y, v, n, c, 1, 0, 0, g, dx, dy, dv);
}

/* Parallel transport of v from x to y: lambda_x/lambda_y gyr[y,-x] v = gap_y/gap_x gyr[y,-x] v. It
 * keeps the Riemannian norm lambda|v|. out may be v. */
static inline HD void ball_transport(const real *x, const real *y, const real *v, int64_t n, real c,
                                     real *out) {
    const real factor = ball_gap(y, n, c) / ball_gap(x, n, c);
    ball_gyration_scaled(y, -1, x, v, n, c, factor, out);
}

/* As the gyration's, plus [g,out] d log(gap_y/gap_x): -2c[g,out]/gap_y y on dy, +2c[g,out]/gap_x x
 * on dx; [g,out] = factor ([g,v] + 2/D (alpha [g,y] - beta [g,w])), w = y - x. */
static inline HD void ball_transport_backward(const real *x, const real *y, const real *v,
                                              int64_t n, real c, const real *g, Gradient dx,
                                              Gradient dy, Gradient dv) {
    const BallGyration gyr = ball_gyration_scalars(y, -1, x, v, n, c);
    /* The gyration's x is the point y, its y the point x. */
    const real factor = gyr.gap_x / gyr.gap_y;
    const real inner = gyr.alpha * row_dot(g, y, n) - gyr.beta * row_sum_dot(y, -1, x, g, n);
    const real change = 2 * c * factor * (row_dot(g, v, n) + 2 * inner / gyr.d);
    ball_gyration_scaled_backward(y, -1, x, v, n, c, factor, -change / gyr.gap_x,
                                  change / gyr.gap_y, g, dy, dx, dv);
}

#endif
