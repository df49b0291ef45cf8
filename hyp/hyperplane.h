/* hyperplane.h - signed distance to a Poincare hyperplane, and its logit, straight from u.
 *
 * The hyperplane of a point p in the ball and a normal a (unit vector n = a/|a|) is the totally
 * geodesic surface through p orthogonal to a. The signed distance of x = exp_0(u) is
 *     d = asinh(s)/sc,    s = 2sc [m,n]/(1 - c|m|^2),   m = (-p) (+) x       (the plain form)
 * and the logit is lambda_p |a| d (Ganea, Becigneul, Hofmann, NeurIPS 2018, eq. 25).
 *
 * The fused form needs no x. With t = 2sc|u|: 2sc x/(1 - c|x|^2) = sinh(t) u/|u| and
 * (1 + c|x|^2)/(1 - c|x|^2) = cosh t, which put into the plain form give
 *     s = 2sc S(t) N - B (cosh t - 2c S(t) M),    S(t) = sinh(t)/t
 *     N = [u,n],  M = [u,p],  B = 2sc [p,n]/(1 - c|p|^2).
 * N and M of all pixels and classes are one product of matrices. Nothing is divided by |u|, so
 * u = 0 is an ordinary point.
 *
 * For large t everything is kept divided by e^t: S~ = S e^-t and so on; s~ = s e^-t. Then nothing
 * overflows, whatever t; asinh(s) = sign(s~) (t + log(2|s~|)) once |s| is large; and a derivative
 * ds/(1+s^2)^(1/2) is ds~/(e^-2t + s~^2)^(1/2).
 */
#ifndef HYP_HYPERPLANE_H
#define HYP_HYPERPLANE_H

#include "hyp/ball.h"

/* What the fused form needs of one hyperplane. */
typedef struct Hyperplane {
    real offset;        /* B */
    real weight;        /* logit (or distance) = weight * asinh(s) */
    real gap;           /* 1 - c|p|^2 */
    real normal_length; /* |a|; for a = 0 the unit normal is taken as 0, and so are s and logit */
    real height;        /* [p,n] */
} Hyperplane;

/* From point p and normal a: the numbers, and the unit normal. logit: weight lambda_p |a|/sc;
 * otherwise 1/sc (signed distance). */
static inline HD Hyperplane hyperplane_prepare(const real *p, const real *a, int64_t n, real c,
                                               bool logit, real *unit_normal) {
    Hyperplane plane;
    const real sc = sqrt(c);
    plane.gap = ball_gap(p, n, c);
    plane.normal_length = row_norm(a, n);
    const bool none = plane.normal_length == 0;
    for (int64_t i = 0; i < n; i++) unit_normal[i] = none ? 0 : a[i] / plane.normal_length;
    plane.height = row_dot(p, unit_normal, n);
    plane.offset = 2 * sc * plane.height / plane.gap;
    plane.weight = (logit ? 2 * plane.normal_length / plane.gap : 1) / sc;
    return plane;
}

/* What the fused form needs of one u. sinhc, cosh and slope are scaled by e^-t. */
typedef struct HyperplaneRow {
    real t;      /* 2 sc|u| */
    real growth; /* e^t below t = 40; not used beyond */
    real decay;  /* e^-2t */
    real sinhc;  /* S~ = sinh(t)/t e^-t = (1 - e^-2t)/2t */
    real cosh;   /* cosh(t) e^-t = (1 + e^-2t)/2 */
    real slope;  /* R~ = S'(t)/t e^-t, S'(t)/t = (cosh t - sinh(t)/t)/t^2 = 1/3 + t^2/30 + ... */
} HyperplaneRow;

/* t = 2 sc|u|. */
static inline HD real hyperplane_argument(const real *u, int64_t n, real c) {
    return 2 * sqrt(c) * row_norm(u, n);
}

static inline HD HyperplaneRow hyperplane_row(real t) {
    HyperplaneRow row;
    row.t = t;
    row.growth = t < 40 ? exp(t) : 0;
    row.decay = exp(-2 * t);
    row.sinhc = t == 0 ? 1 : -expm1(-2 * t) / 2 / t;
    row.cosh = (1 + row.decay) / 2;
    if (t < 1) {
        /* sum_k t^2k (2k+2)/(2k+3)!, by Horner: successive terms differ by t^2/(2k(2k+3)). */
        real sum = 1;
        for (int k = 9; k >= 1; k--) sum = 1 + sum * t * t / (real)(2 * k * (2 * k + 3));
        row.slope = sum / 3 * exp(-t);
    } else {
        row.slope = (row.cosh - row.sinhc) / t / t;
    }
    return row;
}

/* s~ = s e^-t. */
static inline HD real hyperplane_scaled_sinh(const HyperplaneRow *row, const Hyperplane *plane,
                                             real along_normal, real along_point, real c) {
    return 2 * sqrt(c) * row->sinhc * along_normal -
           plane->offset * (row->cosh - 2 * c * row->sinhc * along_point);
}

/* asinh(s~ e^t). Past t = 40 in logarithms: |s~| < e^-t 1e8 means that u lies on the hyperplane to
 * all digits, where t + log(2|s~|) has another sign than s~, or is -inf. */
static inline HD real hyperplane_asinh(real scaled, const HyperplaneRow *row) {
    if (row->t < 40) return elementary_asinh(scaled * row->growth);
    const real logarithm = row->t + log(fabs(scaled)); /* log|s| */
    if (logarithm < 18) return elementary_asinh(copysign(exp(logarithm), scaled));
    return copysign(logarithm + (real)0.693147180559945309417, scaled);
}

/* d asinh(s) = (ds scaled by e^-t) * this. */
static inline HD real hyperplane_asinh_slope(real scaled, const HyperplaneRow *row) {
    const real square = row->decay + scaled * scaled;
    /* Both underflow only for a row on the hyperplane at t > 40: no direction is better than
     * another. */
    return square > 0 || square != square ? 1 / sqrt(square) : 0;
}

/* The gradient of one output with incoming gradient g, as coefficients:
 *     du      += of_normal n + of_point p + of_radius u
 *     dn      += of_normal u + of_offset * 2sc/gap p
 *     dp      += of_point u + of_offset * (2sc/gap n + 2sc height 2c/gap^2 p)
 *                           + of_weight * dweight/dp
 * where
 *     ds = 2sc S dN + 2cSB dM - (cosh t - 2cSM) dB + (ds/dt) dt,    dt = 4c/t [u,du]
 *     (ds/dt)/t = 2sc R N - B (S - 2c R M),    since sinh t = t S and S' = t R. */
typedef struct HyperplaneGradient {
    real of_normal, of_point, of_radius, of_offset, of_weight;
} HyperplaneGradient;

static inline HD HyperplaneGradient hyperplane_backward(const HyperplaneRow *row,
                                                        const Hyperplane *plane, real along_normal,
                                                        real along_point, real c, real g) {
    const real sc = sqrt(c);
    const real scaled = hyperplane_scaled_sinh(row, plane, along_normal, along_point, c);
    const real ds = g * plane->weight * hyperplane_asinh_slope(scaled, row);
    HyperplaneGradient gradient;
    gradient.of_normal = ds * 2 * sc * row->sinhc;
    gradient.of_point = ds * 2 * c * row->sinhc * plane->offset;
    gradient.of_radius = ds * 4 * c *
                         (2 * sc * row->slope * along_normal -
                          plane->offset * (row->sinhc - 2 * c * row->slope * along_point));
    gradient.of_offset = ds * (2 * c * row->sinhc * along_point - row->cosh);
    gradient.of_weight = g * hyperplane_asinh(scaled, row);
    return gradient;
}

/* From the sums over all rows, per hyperplane: normal_sum = sum of_normal u, point_sum = sum
 * of_point u (rows), offset_sum, weight_sum (scalars), to the gradients of p and a:
 *     dn = normal_sum + offset_sum 2sc/gap p
 *     da = (dn - [dn,n] n)/|a| + weight_sum weight/|a| n
 *     dp = point_sum + offset_sum (2sc/gap n + 4 c sc height/gap^2 p) + weight_sum weight 2c/gap p
 * The terms of weight_sum are there for logits alone. */
static inline HD void hyperplane_finish(const Hyperplane *plane, const real *p,
                                        const real *unit_normal, int64_t n, real c, bool logit,
                                        const real *normal_sum, const real *point_sum,
                                        real offset_sum, real weight_sum, Gradient dp,
                                        Gradient da) {
    const real of_offset = 2 * sqrt(c) / plane->gap * offset_sum;
    const real weight = logit ? plane->weight * weight_sum : 0;
    if (dp.data) {
        const real p_p = 2 * c / plane->gap * (of_offset * plane->height + weight);
        for (int64_t i = 0; i < n; i++)
            gradient_store(dp, i, point_sum[i] + of_offset * unit_normal[i] + p_p * p[i]);
    }
    if (!da.data) return;
    const real length = plane->normal_length, over = length == 0 ? 0 : 1 / length;
    const real along = row_dot(normal_sum, unit_normal, n) + of_offset * plane->height;
    for (int64_t i = 0; i < n; i++) {
        const real dn = normal_sum[i] + of_offset * p[i];
        gradient_store(da, i, over * (dn - (along - weight) * unit_normal[i]));
    }
}

/* The gradient of c, for a curvature that is learnt: the sum of the first over rows and planes, and
 * of the second over planes, with the sums that hyperplane_finish takes. By
 *     ds         = ((sc/c) S N + 2 S M B + (ds/dt) t/2c) dc - (cosh t - 2c S M) dB
 *     dB/dc      = B (1/2c + |p|^2/gap),    |p|^2 = (1 - gap)/c
 *     dweight/dc = weight (|p|^2/gap - 1/2c),    a distance's being -weight/2c
 * and each term of ds is a coefficient above times a power of c. */
static inline HD real hyperplane_curvature_of_row(const HyperplaneGradient *gradient,
                                                  const HyperplaneRow *row, real along_normal,
                                                  real along_point, real c) {
    return (gradient->of_normal * along_normal / 2 + gradient->of_point * along_point +
            gradient->of_radius * row->t * row->t / (8 * c)) /
           c;
}

static inline HD real hyperplane_curvature_of_plane(const Hyperplane *plane, real c, bool logit,
                                                    real offset_sum, real weight_sum) {
    const real by_gap = (1 - plane->gap) / plane->gap;
    return (offset_sum * plane->offset * ((real)0.5 + by_gap) +
            weight_sum * plane->weight * ((logit ? by_gap : 0) - (real)0.5)) /
           c;
}

/* The plain form, step by step: the oracle of the fused one. work: 2n numbers. In float it has lost
 * every digit by sc|u| = 8; in double it holds to about sc|u| = 15. */
static inline HD real hyperplane_distance_plain(const real *u, const real *p, const real *a,
                                                int64_t n, real c, real *work) {
    real *x = work, *m = work + n;
    ball_exp_map_zero(u, n, c, x);
    for (int64_t i = 0; i < n; i++) m[i] = -p[i];
    const real gap = ball_mobius_add_gap(m, x, n, c);
    ball_mobius_add(m, x, n, c, m);
    return elementary_asinh(2 * sqrt(c) * row_dot(m, a, n) / row_norm(a, n) / gap) / sqrt(c);
}

/* Its gradient, by the chain rule through the same steps. With n = a/|a|, s = 2sc [m,n]/gap,
 * k = g/(sc sqrt(1 + s^2)) = d loss/ds:  dm = k (2sc/gap n + s 2c/gap m),
 * da = k 2sc/gap (m - [m,n] n)/|a|. work: 4n numbers; all three gradients are overwritten. */
static inline HD void hyperplane_distance_plain_backward(const real *u, const real *p,
                                                         const real *a, int64_t n, real c, real g,
                                                         real *work, real *du, real *dp, real *da) {
    real *x = work, *minus_p = work + n, *m = work + 2 * n, *dm = work + 3 * n;
    const real sc = sqrt(c), length = row_norm(a, n);
    ball_exp_map_zero(u, n, c, x);
    for (int64_t i = 0; i < n; i++) minus_p[i] = -p[i];
    const real gap = ball_mobius_add_gap(minus_p, x, n, c);
    ball_mobius_add(minus_p, x, n, c, m);
    const real height = row_dot(m, a, n) / length, s = 2 * sc * height / gap;
    const real k = g / (sc * sqrt(1 + s * s)), of_normal = 2 * sc * k / gap;
    for (int64_t i = 0; i < n; i++) {
        dm[i] = of_normal * a[i] / length + 2 * c * s * k / gap * m[i];
        da[i] = of_normal * (m[i] - height * a[i] / length) / length;
    }
    const Gradient of_minus_p = { dp, false }, of_x = { m, false }, of_u = { du, false };
    ball_mobius_add_backward(minus_p, x, n, c, dm, of_minus_p, of_x);
    for (int64_t i = 0; i < n; i++) dp[i] = -dp[i];
    ball_exp_map_zero_backward(u, n, c, m, of_u);
}

#endif
