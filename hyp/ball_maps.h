/* ball_maps.h - the Poincare ball away from its origin: exponential and logarithm at any point,
 * gyration, parallel transport. Conventions as in ball.h.
 */
#ifndef HYP_BALL_MAPS_H
#define HYP_BALL_MAPS_H

#include "hyp/ball.h"

/* exp_x(f v) = x (+) y, y = e/sc v^, e = tanh z, z = sc|f v|/gap_x (as sc lambda_x |v|/2 = z for
 * f = 1), v^ = f v/|f v|. With x = a v^ + o, o across v:
 *     x (+) y = (spread o + (numerator denominator - sc e |o|^2) v^) / D
 *     numerator   = a + e/sc
 *     denominator = 1 + sc a e    (the quotient is a (+) e/sc in the ball of one dimension)
 *     spread      = 1 + e^2 + 2sc a e = (cosh 2z + sc a sinh 2z) sech^2 z
 *     D           = 1 + 2c[x,y] + c^2|x|^2|y|^2 = denominator^2 + c e^2 |o|^2.
 * (Put gap_x = 1 - c a^2 - c|o|^2 into ((1 + 2c[x,y] + c|y|^2) x + gap_x y)/D.)
 * Where v points back, a < 0, the first three are nearly 0 beside the boundary, and differences of
 * numbers near 1. There, from sc|a| = 1/2 on, they come from
 * 1 - sc|a| = (gap_x + c|o|^2)/(1 + sc|a|) and 1 - e = sech^2(z)/(1 + e), for which x + y, y
 * rounded, has no digits left. (By the origin it is these two that are near 1, and a + e/sc that
 * keeps its digits.) */
typedef struct BallExpMap {
    real z, tanh, gap_y; /* gap_y = sech^2 z */
    real length;         /* v^ = v/length; 1 for v = 0, which has no direction: v^ = 0 is right */
    real along, across;  /* a, |o|^2 */
    real numerator, denominator, spread, d;
} BallExpMap;

static inline HD BallExpMap ball_exp_map_scalars(const real *x, real factor, const real *v,
                                                 int64_t n, real c) {
    BallExpMap map;
    const real sc = sqrt(c), gap_x = ball_gap(x, n, c), norm = row_norm(v, n);
    map.z = sc * fabs(factor) * norm / gap_x;
    map.gap_y = sech_square(map.z);
    map.tanh = tanh(map.z);
    map.length = norm == 0 ? 1 : copysign(norm, factor);
    map.along = row_unit_dot(v, map.length, x, n);
    map.across = row_across_square(x, map.along, v, map.length, n);
    const real e = map.tanh, back = -sc * map.along;
    if (back > (real)0.5) {
        const real less_e = map.gap_y / (1 + e), less = (gap_x + c * map.across) / (1 + back);
        map.numerator = (less - less_e) / sc;
        map.denominator = less + back * less_e;
        map.spread = less_e * less_e + 2 * e * less;
    } else {
        map.numerator = map.along + e / sc;
        map.denominator = 1 - back * e;
        map.spread = 1 + e * e - 2 * back * e;
    }
    map.d = map.denominator * map.denominator + c * e * e * map.across;
    return map;
}

/* exp_x(factor v): a step of an optimiser. out may be x or v. */
static inline HD void ball_exp_map_step(const real *x, real factor, const real *v, int64_t n,
                                        real c, real *out) {
    const BallExpMap map = ball_exp_map_scalars(x, factor, v, n, c);
    const real spread = map.spread / map.d;
    const real of_unit =
        (map.numerator * map.denominator - sqrt(c) * map.tanh * map.across) / map.d / map.length;
    for (int64_t i = 0; i < n; i++) {
        const real vi = v[i];
        out[i] = spread * row_across(x[i], map.along, vi, map.length) + of_unit * vi;
    }
}

/* exp_x(v). out may be x or v. */
static inline HD void ball_exp_map(const real *x, const real *v, int64_t n, real c, real *out) {
    ball_exp_map_step(x, 1, v, n, c, out);
}

/* The gradient by way of y and of Moebius addition is a sum of terms as large as 1/gap, which for v
 * along x leave sech^2 z: nothing, where v is long. So it is taken from the geometry instead. A
 * change (dx, dv) of the start changes the geodesic from x by a Jacobi field, which in curvature -c
 * is known: over the length 2z/sc, with J, J' at the start,
 *     along the geodesic J + J',    across it cosh(2z) J + sinh(2z)/(2z) J'
 * carried to the end by parallel transport, which is gap_end/gap_x times the rotation gyr[x,y];
 * gap_end = gap_x gap_y/D. J is dx; J' is dv and what keeps v constant in these coordinates,
 * c lambda_x ([x,dx] v + [x,v] dx - [dx,v] x), whose part along v^ is 2sc z [x,dx].
 * So with h = gyr[x,y]^T g, split into h_v v^ + h_o, h_o across v,
 *     dx = (gap_y h_v (v^ + 2sc z x) + spread h_o - 2sc e [o,h_o] v^) / D
 *     dv = (gap_y h_v v^ + tanh(z)/z h_o) / D.
 * The rotation turns the plane of v^ and o by twice the angle whose tangent is sc e |o|/denominator.
 * With g_v = [g,v^], g_o = [g,o] and
 *     cosine = (denominator^2 - c e^2 |o|^2)/D,    sine = 2sc e denominator/D    (times |o|)
 * it gives
 *     h_v = cosine g_v + sine g_o,    [o,h_o] = cosine g_o - sine |o|^2 g_v
 *     h_o = g - g_v v^ - (sine g_v + 2c e^2 g_o/D) o.
 * In one dimension o and h_o are exactly 0. */
static inline HD void ball_exp_map_backward(const real *x, const real *v, int64_t n, real c,
                                            const real *g, Gradient dx, Gradient dv) {
    const BallExpMap map = ball_exp_map_scalars(x, 1, v, n, c);
    const real sc = sqrt(c), turn = sc * map.tanh, square = turn * turn;
    const real g_v = row_unit_dot(v, map.length, g, n);
    const real g_o = row_across_dot(x, map.along, v, map.length, g, n);
    const real cosine = (map.denominator * map.denominator - square * map.across) / map.d;
    const real sine = 2 * turn * map.denominator / map.d;
    const real h_v = cosine * g_v + sine * g_o, o_h = cosine * g_o - sine * map.across * g_v;
    const real h_across = sine * g_v + 2 * square * g_o / map.d;
    const real along = map.gap_y * h_v / map.d, stretch = 2 * sc * map.z;
    const real sideways = 2 * turn * o_h / map.d;
    const real spread = map.spread / map.d, ratio = tanh_ratio(map.z) / map.d;
    for (int64_t i = 0; i < n; i++) {
        const real xi = x[i], vi = v[i], unit = vi / map.length;
        const real h_o = row_across(g[i], g_v, vi, map.length) -
                         h_across * row_across(xi, map.along, vi, map.length);
        if (dx.data)
            gradient_store(dx, i, along * (unit + stretch * xi) + spread * h_o - sideways * unit);
        if (dv.data) gradient_store(dv, i, along * unit + ratio * h_o);
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

/* exp_x(t log_x(y)): the point at the share t of the geodesic from x to y. out may be neither. */
static inline HD void ball_geodesic(const real *x, const real *y, real t, int64_t n, real c,
                                    real *out) {
    ball_log_map(x, y, n, c, out);
    ball_exp_map_step(x, t, out, n, c, out);
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
