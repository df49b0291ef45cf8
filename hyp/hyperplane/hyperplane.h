/* hyperplane.h - signed distance to a Poincare hyperplane, and its logit, computed directly from u.
 * Near the ray from the origin through p this form cancels; hyp/hyperplane/hyperplane_ray.h has the
 * form for such u.
 *
 * The hyperplane of a point p in the ball and a normal a (unit vector n = a/|a|) is the totally
 * geodesic surface through p orthogonal to a. The signed distance of x = exp_0(u) is
 *     d = asinh(s)/sc,    s = 2sc [m,n]/(1 - c|m|^2),   m = (-p) (+) x       (the plain form)
 * and the logit is lambda_p |a| d (Ganea, Becigneul, Hofmann, NeurIPS 2018, eq. 25).
 *
 * The fused form needs no x. With t = 2sc|u|: 2sc x/(1 - c|x|^2) = sinh(t) u/|u| and
 * (1 + c|x|^2)/(1 - c|x|^2) = cosh t, which put into the plain form give
 *     s = S(t) [u,w] - B cosh t,    S(t) = sinh(t)/t
 *     w = 2sc n + 2cB p,    B = 2sc [p,n]/(1 - c|p|^2).
 * [u,w] of all pixels and classes is one product of matrices. Nothing is divided by |u|, so u = 0
 * is an ordinary point; and nothing cancels in w, since B [p,n] >= 0.
 *
 * For large t every quantity is kept divided by e^t: S~ = S e^-t and so on; s~ = s e^-t. Then
 * nothing overflows for any t; asinh(s) = sign(s~) (t + log(2|s~|)) for large |s|; and a derivative
 * ds/(1+s^2)^(1/2) is ds~/(e^-2t + s~^2)^(1/2).
 */
#ifndef HYP_HYPERPLANE_H
#define HYP_HYPERPLANE_H

#include "hyp/ball.h"

/* The fused form's constants of one hyperplane, besides its direction w. */
typedef struct Hyperplane {
    real offset;        /* B */
    real weight;        /* logit (or distance) = weight * asinh(s) */
    real gap;           /* 1 - c|p|^2 */
    real normal_length; /* |a|; for a = 0 the unit normal is taken as 0, and so are s and logit */
    real height;        /* [p,n] */
    real point_length;  /* |p| */
    real ray_limit;     /* s~ below this may have lost digits; 0: never (hyperplane_ray.h) */
} Hyperplane;

/* Below sc|p| = 1/4 the fused form loses no digits, whatever u. */
#define HYPERPLANE_RAY_RADIUS (real)0.25

/* From point p and normal a: the numbers, the unit normal (which may replace a) and the direction.
 * logit: weight lambda_p |a|/sc; otherwise 1/sc (signed distance). */
static inline HD Hyperplane hyperplane_prepare(const real *p, const real *a, int64_t n, real c,
                                               bool logit, real *unit_normal, real *direction) {
    Hyperplane plane;
    const real sc = sqrt(c);
    plane.gap = ball_gap(p, n, c);
    plane.normal_length = row_norm(a, n);
    const bool none = plane.normal_length == 0;
    for (int64_t i = 0; i < n; i++) unit_normal[i] = none ? 0 : a[i] / plane.normal_length;
    plane.height = row_dot(p, unit_normal, n);
    plane.offset = 2 * sc * plane.height / plane.gap;
    plane.weight = (logit ? 2 * plane.normal_length / plane.gap : 1) / sc;
    plane.point_length = row_norm(p, n);
    plane.ray_limit = sc * plane.point_length < HYPERPLANE_RAY_RADIUS ? 0 : sc * fabs(plane.height);
    for (int64_t i = 0; i < n; i++)
        direction[i] = 2 * sc * unit_normal[i] + 2 * c * plane.offset * p[i];
    return plane;
}

/* The fused form's values of one u. sinhc, cosh and slope are scaled by e^-t. */
typedef struct HyperplaneRow {
    real t;      /* 2 sc|u| */
    real growth; /* e^t below t = 40; not used beyond */
    real decay;  /* e^-2t */
    real sinhc;  /* S~ = sinh(t)/t e^-t = (1 - e^-2t)/2t */
    real cosh;   /* cosh(t) e^-t = (1 + e^-2t)/2 */
    real slope;  /* R~ = S'(t)/t e^-t, S'(t)/t = (cosh t - sinh(t)/t)/t^2 = 1/3 + t^2/30 + ... */
} HyperplaneRow;

/* Beyond this t the logarithm of sinh is used. */
#define HYPERPLANE_FAR 40

/* t = 2 sc|u|. */
static inline HD real hyperplane_argument(const real *u, int64_t n, real c) {
    return 2 * sqrt(c) * row_norm(u, n);
}

/* sum_k t^2k (2k+2)/(2k+3)!, k = 0..9, by Horner: successive terms differ by t^2/(2k(2k+3)). */
static inline HD real hyperplane_slope_series(real t) {
    const real q = t * t;
    real sum = 1 + q * (real)(1.0 / 378);
    sum = 1 + sum * q * (real)(1.0 / 304);
    sum = 1 + sum * q * (real)(1.0 / 238);
    sum = 1 + sum * q * (real)(1.0 / 180);
    sum = 1 + sum * q * (real)(1.0 / 130);
    sum = 1 + sum * q * (real)(1.0 / 88);
    sum = 1 + sum * q * (real)(1.0 / 54);
    sum = 1 + sum * q * (real)(1.0 / 28);
    return (1 + sum * q * (real)(1.0 / 10)) / 3;
}

/* Branch-free, like the functions below for t < HYPERPLANE_FAR, so that the compiler vectorises
 * loops over rows. */
static inline HD HyperplaneRow hyperplane_row(real t) {
    const Exponential falling = exponential(-2 * t), rising = exponential(t);
    HyperplaneRow row;
    row.t = t;
    row.growth = t < HYPERPLANE_FAR ? exponential_value(rising) : 0;
    row.decay = exponential_value(falling);
    row.sinhc = t == 0 ? 1 : -exponential_minus_one(falling) / 2 / t;
    row.cosh = (1 + row.decay) / 2;
    const real near = hyperplane_slope_series(t) * sqrt(row.decay);
    const real far = (row.cosh - row.sinhc) / t / t;
    row.slope = t < 1 ? near : far;
    return row;
}

/* s~ = s e^-t, along = [u,w]. */
static inline HD real hyperplane_scaled_sinh(const HyperplaneRow *row, const Hyperplane *plane,
                                             real along) {
    return row->sinhc * along - plane->offset * row->cosh;
}

/* asinh(s~ e^t) for t < HYPERPLANE_FAR. */
static inline HD real hyperplane_asinh_near(real scaled, const HyperplaneRow *row) {
    return elementary_asinh(scaled * row->growth);
}

/* d asinh(s) = (ds scaled by e^-t) * this, for t < HYPERPLANE_FAR. */
static inline HD real hyperplane_asinh_slope_near(real scaled, const HyperplaneRow *row) {
    return 1 / sqrt(row->decay + scaled * scaled);
}

/* The same for any t. Squares may underflow past HYPERPLANE_FAR, so the larger number is factored
 * out. Both are about 0 only for a row on the hyperplane to all digits, where no direction is
 * better than another. */
static inline HD real hyperplane_asinh_slope(real scaled, const HyperplaneRow *row) {
    if (row->t < HYPERPLANE_FAR) return hyperplane_asinh_slope_near(scaled, row);
    const real falling = exp(-row->t), size = fabs(scaled);
    const real larger = falling > size ? falling : size, smaller = falling > size ? size : falling;
    if (larger < (sizeof(real) == sizeof(float) ? (real)1e-30 : (real)1e-150)) return 0;
    const real ratio = smaller / larger;
    return 1 / (larger * sqrt(1 + ratio * ratio));
}

/* asinh(s~ e^t). Past HYPERPLANE_FAR in logarithms: |s~| < e^-t 1e8 means that u is on the
 * hyperplane to all digits; there t + log(2|s~|) may have the wrong sign, or be -inf. */
static inline HD real hyperplane_asinh(real scaled, const HyperplaneRow *row) {
    if (row->t < HYPERPLANE_FAR) return hyperplane_asinh_near(scaled, row);
    const real logarithm = row->t + log(fabs(scaled)); /* log|s| */
    if (logarithm < 18) return elementary_asinh(copysign(exp(logarithm), scaled));
    return copysign(logarithm + (real)0.693147180559945309417, scaled);
}

/* The gradient of one output with incoming gradient g, as coefficients:
 *     du      += of_direction w + of_radius u
 *     dw      += of_direction u
 *     dB      += of_offset
 * where
 *     ds = S [u,dw] + S [w,du] - cosh t dB + (ds/dt) dt,    dt = 4c/t [u,du]
 *     (ds/dt)/t = R [u,w] - B S,    since sinh t = t S and S' = t R.
 * hyperplane_finish (hyp/hyperplane/hyperplane_finish.h) continues from dw and dB. */
typedef struct HyperplaneGradient {
    real of_direction, of_radius, of_offset;
} HyperplaneGradient;

static inline HD HyperplaneGradient hyperplane_gradient(const HyperplaneRow *row,
                                                        const Hyperplane *plane, real along, real c,
                                                        real ds) {
    HyperplaneGradient gradient;
    gradient.of_direction = ds * row->sinhc;
    gradient.of_radius = ds * 4 * c * (row->slope * along - plane->offset * row->sinhc);
    gradient.of_offset = -ds * row->cosh;
    return gradient;
}

/* For t < HYPERPLANE_FAR. */
static inline HD HyperplaneGradient hyperplane_backward_near(const HyperplaneRow *row,
                                                             const Hyperplane *plane, real along,
                                                             real c, real g) {
    const real scaled = hyperplane_scaled_sinh(row, plane, along);
    const real ds = g * plane->weight * hyperplane_asinh_slope_near(scaled, row);
    return hyperplane_gradient(row, plane, along, c, ds);
}

static inline HD HyperplaneGradient hyperplane_backward(const HyperplaneRow *row,
                                                        const Hyperplane *plane, real along, real c,
                                                        real g) {
    const real scaled = hyperplane_scaled_sinh(row, plane, along);
    const real ds = g * plane->weight * hyperplane_asinh_slope(scaled, row);
    return hyperplane_gradient(row, plane, along, c, ds);
}

/* The plain form, step by step: the oracle of the fused one. work: 2n numbers. In float it has lost
 * every digit by sc|u| = 8; in double it is valid to about sc|u| = 15. */
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
