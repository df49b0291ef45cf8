/* ball.h - the Poincare ball: exponential and logarithm at the origin, Moebius addition, distance.
 *
 * A point is a row x of n numbers with c|x|^2 < 1; c > 0, and the sectional curvature is -c.
 * [x,y] is the inner product and sc = sqrt(c). Every formula is a function of rows, shared by the
 * CPU loops and the GPU kernels. NAME_backward is its vector-Jacobian product: given
 * g = d loss / d output it stores d loss / d input into Gradients (data NULL: not wanted). Each
 * such gradient is a linear combination of the input rows.
 *
 * Two techniques keep digits where textbook formulas lose them.
 * - The gap 1 - c|x|^2 is the quantity of this geometry. Formulas are arranged to use the gaps of
 *   their inputs, and the gap of a result is computed as a product, never from its rounded norm.
 * - Differences of points are formed first, element by element. With w = x + y and W = |w|^2,
 *       x (+) y         = (gap_x w + cW x) / D,    D = gap_x gap_y + cW
 *       1 - c|x (+) y|^2 = gap_x gap_y / D
 *   which are the usual numerator (1 + 2c[x,y] + c|y|^2) x + (1 - c|x|^2) y and denominator
 *   1 + 2c[x,y] + c^2|x|^2|y|^2 with 2[x,y] = W - |x|^2 - |y|^2 put in. Nothing in D cancels.
 */
#ifndef HYP_BALL_H
#define HYP_BALL_H

#include "autograd/gradient.h"
#include "hyp/row.h"
#include "hyp/scalar.h"

/* 1 - c|x|^2. A point rounded onto the boundary counts as the last one inside: its gap is eps/2, so
 * that values and gradients stay finite (and are not cut off). */
static inline HD real ball_gap(const real *x, int64_t n, real c) {
    const real gap = 1 - c * row_dot(x, x, n);
    return gap < REAL_EPSILON / 2 ? REAL_EPSILON / 2 : gap;
}

/* lambda_x = 2/(1 - c|x|^2). */
static inline HD real ball_conformal_factor(const real *x, int64_t n, real c) {
    return 2 / ball_gap(x, n, c);
}

/* d lambda = 2 * 2c[x,dx]/gap^2 = c lambda^2 [x,dx]. */
static inline HD void ball_conformal_factor_backward(const real *x, int64_t n, real c, real g,
                                                     Gradient dx) {
    const real lambda = ball_conformal_factor(x, n, c);
    for (int64_t i = 0; i < n; i++) gradient_store(dx, i, g * c * lambda * lambda * x[i]);
}

/* exp_0(u) = tanh(z)/z u, z = sc|u|. out may be u. */
static inline HD void ball_exp_map_zero(const real *u, int64_t n, real c, real *out) {
    const real f = tanh_ratio(sqrt(c) * row_norm(u, n));
    for (int64_t i = 0; i < n; i++) out[i] = f * u[i];
}

/* Jacobian f I + c h u u^T, f = tanh(z)/z, h = (sech^2 z - f)/z^2: symmetric, so
 * du = f g + c h [u,g] u. Beyond z = 1 the radial share is f - f + sech^2 z, which would vanish in
 * rounding; there g is split along u first: du = f (g - r u^) + sech^2(z) r u^, u^ = u/|u|,
 * r = [u^,g], so that in one dimension g - r u^ is exactly 0. */
static inline HD void ball_exp_map_zero_backward(const real *u, int64_t n, real c, const real *g,
                                                 Gradient du) {
    const real norm = row_norm(u, n), z = sqrt(c) * norm, f = tanh_ratio(z);
    if (z < 1) {
        const real along = c * tanh_ratio_slope(z) * row_dot(u, g, n);
        for (int64_t i = 0; i < n; i++) gradient_store(du, i, f * g[i] + along * u[i]);
        return;
    }
    const real sech = sech_square(z), r = row_unit_dot(u, norm, g, n);
    for (int64_t i = 0; i < n; i++)
        gradient_store(du, i, f * row_across(g[i], r, u[i], norm) + sech * (r * (u[i] / norm)));
}

/* d exp_0(u)/dc: z = sc|u|, dz/dc = z/2c, so d exp_0 = h z^2/(2c) u, with h z^2 = sech^2 z - f.
 * Returns <g, d exp_0(u)/dc>. */
static inline HD real ball_exp_map_zero_curvature(const real *u, int64_t n, real c, const real *g) {
    const real norm = row_norm(u, n), z = sqrt(c) * norm;
    const real change = z < 1 ? tanh_ratio_slope(z) * z * z : sech_square(z) - tanh_ratio(z);
    return change / (2 * c) * row_dot(u, g, n);
}

/* sc|y|, at most the last number below 1 (see ball_gap). */
static inline HD real ball_radius(const real *y, int64_t n, real c) {
    const real z = sqrt(c) * row_norm(y, n);
    return z > 1 - REAL_EPSILON / 2 ? 1 - REAL_EPSILON / 2 : z;
}

/* log_0(y) = artanh(z)/z y, z = sc|y|. out may be y. */
static inline HD void ball_log_map_zero(const real *y, int64_t n, real c, real *out) {
    const real f = artanh_ratio(ball_radius(y, n, c));
    for (int64_t i = 0; i < n; i++) out[i] = f * y[i];
}

/* Jacobian f I + c k y y^T, f = artanh(z)/z, k = (1/(1 - z^2) - f)/z^2: symmetric. */
static inline HD void ball_log_map_zero_backward(const real *y, int64_t n, real c, const real *g,
                                                 Gradient dy) {
    const real z = ball_radius(y, n, c), f = artanh_ratio(z);
    const real along = c * artanh_ratio_slope(z) * row_dot(y, g, n);
    for (int64_t i = 0; i < n; i++) gradient_store(dy, i, f * g[i] + along * y[i]);
}

/* x (+) y, Moebius addition. out may be x or y. */
static inline HD void ball_mobius_add(const real *x, const real *y, int64_t n, real c, real *out) {
    const real gap_x = ball_gap(x, n, c), gap_y = ball_gap(y, n, c);
    const real cw = c * row_sum_square(x, 1, y, n), d = gap_x * gap_y + cw;
    const real of_sum = gap_x / d, of_x = cw / d;
    for (int64_t i = 0; i < n; i++) out[i] = of_sum * (x[i] + y[i]) + of_x * x[i];
}

/* 1 - c|x (+) y|^2 = gap_x gap_y / D. */
static inline HD real ball_mobius_add_gap(const real *x, const real *y, int64_t n, real c) {
    const real gaps = ball_gap(x, n, c) * ball_gap(y, n, c);
    return gaps / (gaps + c * row_sum_square(x, 1, y, n));
}

/* From x (+) y = (gap_x w + cW x)/D, with gz = [g, x (+) y]:
 *     D d[g,z] = gap_x [g,dw] + [g,w] d gap_x + c[g,x] dW + cW [g,dx] - gz dD
 *     dw = dx + dy, dW = 2[w,dw], d gap_x = -2c[x,dx], dD = gap_y d gap_x + gap_x d gap_y + c dW
 * so with e = gap_x g + 2c([g,x] - gz) w
 *     dx = (e + cW g - 2c([g,w] - gz gap_y) x) / D,    dy = (e + 2c gz gap_x y) / D. */
static inline HD void ball_mobius_add_backward(const real *x, const real *y, int64_t n, real c,
                                               const real *g, Gradient dx, Gradient dy) {
    const real gap_x = ball_gap(x, n, c), gap_y = ball_gap(y, n, c);
    const real cw = c * row_sum_square(x, 1, y, n), d = gap_x * gap_y + cw;
    const real gx = row_dot(g, x, n), gw = row_sum_dot(x, 1, y, g, n);
    const real gz = (gap_x * gw + cw * gx) / d;
    const real e_g = gap_x / d, e_w = 2 * c * (gx - gz) / d;
    const real x_g = cw / d, x_x = -2 * c * (gw - gz * gap_y) / d, y_y = 2 * c * gz * gap_x / d;
    for (int64_t i = 0; i < n; i++) {
        const real xi = x[i], yi = y[i], e = e_g * g[i] + e_w * (xi + yi);
        if (dx.data) gradient_store(dx, i, e + x_g * g[i] + x_x * xi);
        if (dy.data) gradient_store(dy, i, e + y_y * yi);
    }
}

/* dist(a,b) = 2/sc asinh(sc|a-b| / sqrt(gap_a gap_b)). */
static inline HD real ball_distance(const real *a, const real *b, int64_t n, real c) {
    const real sc = sqrt(c), gaps = ball_gap(a, n, c) * ball_gap(b, n, c);
    return 2 / sc * elementary_asinh(sc * row_sum_norm(a, -1, b, n) / sqrt(gaps));
}

/* With w = a - b, tau = sc|w|/sqrt(gap_a gap_b) and D = gap_a gap_b (1 + tau^2) =
 * gap_a gap_b + c|w|^2:
 *     d dist   = 2/sc dtau/sqrt(1 + tau^2)
 *     dtau/tau = [w,dw]/|w|^2 + c[a,da]/gap_a + c[b,db]/gap_b
 *     da = 2g/sqrt(D) ( w/|w| + c|w|/gap_a a)
 *     db = 2g/sqrt(D) (-w/|w| + c|w|/gap_b b).
 * At a = b the distance has a kink, like |x| at 0; the subgradient 0 is taken. */
static inline HD void ball_distance_backward(const real *a, const real *b, int64_t n, real c,
                                             real g, Gradient da, Gradient db) {
    const real gap_a = ball_gap(a, n, c), gap_b = ball_gap(b, n, c);
    const real norm = row_sum_norm(a, -1, b, n);
    const real outer = 2 * g / sqrt(gap_a * gap_b + c * norm * norm);
    const real of_a = outer * c * norm / gap_a, of_b = outer * c * norm / gap_b;
    for (int64_t i = 0; i < n; i++) {
        const real ai = a[i], bi = b[i], along = norm == 0 ? 0 : outer * ((ai - bi) / norm);
        if (da.data) gradient_store(da, i, along + of_a * ai);
        if (db.data) gradient_store(db, i, of_b * bi - along);
    }
}

/* x min(1, radius/|x|): feature clipping, and the projection of ball points. out may be x. */
static inline HD void ball_clip(const real *x, int64_t n, real radius, real *out) {
    const real norm = row_norm(x, n);
    if (!(norm > radius)) {
        for (int64_t i = 0; i < n; i++) out[i] = x[i];
        return;
    }
    for (int64_t i = 0; i < n; i++) out[i] = radius * (x[i] / norm);
}

/* Outside the radius only the direction has a gradient: dx = radius/|x| (g across x). */
static inline HD void ball_clip_backward(const real *x, int64_t n, real radius, const real *g,
                                         Gradient dx) {
    const real norm = row_norm(x, n), gx = row_unit_dot(x, norm, g, n);
    for (int64_t i = 0; i < n; i++)
        gradient_store(dx, i,
                       norm <= radius ? g[i] : radius / norm * row_across(g[i], gx, x[i], norm));
}

/* The largest norm of a ball-valued parameter: (1 - 4e-3)/sc in float, (1 - 1e-5)/sc in double. Its
 * gap is then at least 7.9e-3 (1.9e-5). The gap is known to eps, so results computed with it have
 * an error of a few eps/gap: four digits remain in float, ten in double. Distances to the
 * hyperplane of such a point, and their gradients, keep these digits too, by
 * hyp/hyperplane/hyperplane_ray.h where the plain sum would not; the table of tests/hyp_reference.h
 * has rows of all these kinds. */
static inline HD real ball_parameter_radius(real c) {
    return (1 - (sizeof(real) == sizeof(float) ? (real)4e-3 : (real)1e-5)) / sqrt(c);
}

/* Move a point back inside that radius, along its ray. */
static inline HD void ball_project(real *x, int64_t n, real c) {
    ball_clip(x, n, ball_parameter_radius(c), x);
}

#endif
