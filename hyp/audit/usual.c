/* usual.c - the formulas as they are usually coded, and references in long double. */
#include "hyp/audit/usual.h"

enum { N = AUDIT_DIMENSION };

static void constants(const double *x, Rounding rounding, Dual *out) {
    for (int i = 0; i < N; i++) out[i] = dual_constant((long double)x[i], rounding);
}

/* x, the variables unless the curvature is. */
static void row(const AuditSample *sample, Rounding rounding, Dual *out) {
    constants(sample->x, rounding, out);
    for (int i = 0; i < N && !sample->by_curvature; i++)
        out[i] = dual_variable((long double)sample->x[i], i, rounding);
}

static Dual curvature(const AuditSample *sample, Rounding rounding) {
    return sample->by_curvature ? dual_variable((long double)sample->c, 0, rounding)
                                : dual_constant((long double)sample->c, rounding);
}

static bool is_double(const Dual *x) {
    return x->rounding == ROUND_TO_DOUBLE;
}

static Dual dual_norm(const Dual *x) {
    return dual_at_least(dual_sqrt(dual_dot(x, x)), is_double(x) ? 1e-15L : 1e-5L);
}

/* 1 - c|x|^2, computed anew from x. */
static Dual dual_gap(const Dual *x, Dual c) {
    return dual_at_least(dual_from_one(dual_multiply(c, dual_dot(x, x))), 1e-15L);
}

static void exp_zero(const Dual *u, Dual c, Dual *out) {
    const Dual z = dual_multiply(dual_sqrt(c), dual_norm(u));
    const Dual factor = dual_divide(dual_tanh(z), z);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(factor, u[i]);
}

void usual_exp_map_zero(const AuditSample *sample, Rounding rounding, Dual *out) {
    Dual u[N];
    const Dual c = curvature(sample, rounding);
    row(sample, rounding, u);
    exp_zero(u, c, out);
    if (rounding == ROUND_NOT) return;
    const Dual norm = dual_norm(out); /* back inside, as usual */
    const Dual inside = dual_constant(1 - (is_double(u) ? 1e-5L : 4e-3L), rounding);
    const Dual limit = dual_divide(inside, dual_sqrt(c));
    for (int i = 0; norm.value > limit.value && i < N; i++)
        out[i] = dual_multiply(limit, dual_divide(out[i], norm));
}

/* On an axis exp_0 is tanh(sc u)/sc; the general form would find sech^2 as a difference of two
 * numbers of size 1/z, too small for long double by sc|u| = 16. */
void reference_radial(const AuditSample *sample, Dual *out) {
    const long double sc = sqrt((long double)sample->c);
    row(sample, ROUND_NOT, out);
    for (int i = 0; i < N; i++) out[i] = dual_scale(1 / sc, dual_tanh(dual_scale(sc, out[i])));
}

/* On an axis, with w = 2sc|u|: d exp_0(u)/dc = -(sinh w - w)/(w cosh^2(w/2)) u/2c. The difference is
 * summed as a series where it would cancel in long double, too. */
void reference_exp_map_zero_by_c(const AuditSample *sample, Dual *out) {
    const long double c = (long double)sample->c;
    reference_radial(sample, out);
    for (int i = 0; i < N; i++) {
        const long double u = (long double)sample->x[i], w = 2 * sqrt(c) * fabs(u);
        long double difference = w < 1 ? 0 : sinh(w) - w, term = w;
        for (int k = 1; w < 1 && k < 12; k++)
            difference += term *= w * w / (long double)(2 * k * (2 * k + 1));
        const long double cosine = cosh(w / 2);
        if (w > 0) out[i].d[0] = -difference / w / cosine / cosine * u / (2 * c);
    }
}

void usual_log_map_zero(const AuditSample *sample, Rounding rounding, Dual *out) {
    Dual y[N];
    row(sample, rounding, y);
    const Dual z = dual_at_most(dual_multiply(dual_sqrt(curvature(sample, rounding)), dual_norm(y)),
                                1 - (is_double(y) ? 1e-15L : 1e-7L));
    const Dual one = dual_constant(1, rounding);
    const Dual artanh = dual_scale(0.5L, dual_log(dual_divide(dual_add(one, z), dual_from_one(z))));
    const Dual factor = dual_divide(artanh, z);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(factor, y[i]);
}

void usual_distance(const AuditSample *sample, Rounding rounding, Dual *out) {
    const Dual c = curvature(sample, rounding);
    Dual a[N], b[N], w[N];
    row(sample, rounding, a);
    constants(sample->y, rounding, b);
    for (int i = 0; i < N; i++) w[i] = dual_subtract(a[i], b[i]);
    const Dual gaps = dual_multiply(dual_gap(a, c), dual_gap(b, c));
    const Dual ratio = dual_divide(dual_scale(2, dual_multiply(c, dual_dot(w, w))), gaps);
    const Dual argument =
        dual_at_least(dual_add(dual_constant(1, rounding), ratio),
                      1 + (long double)(is_double(a) ? DBL_EPSILON : FLT_EPSILON));
    out[0] = dual_divide(dual_acosh(argument), dual_sqrt(c));
}

static void sum_of_points(const Dual *x, const Dual *y, Dual c, Dual *out) {
    const Dual one = dual_constant(1, x[0].rounding);
    const Dual cxx = dual_multiply(c, dual_dot(x, x)), cyy = dual_multiply(c, dual_dot(y, y));
    const Dual cross = dual_add(one, dual_scale(2, dual_multiply(c, dual_dot(x, y))));
    const Dual of_x = dual_add(cross, cyy), of_y = dual_from_one(cxx);
    const Dual under = dual_add(cross, dual_multiply(cxx, cyy));
    for (int i = 0; i < N; i++)
        out[i] = dual_divide(dual_add(dual_multiply(of_x, x[i]), dual_multiply(of_y, y[i])), under);
}

void usual_mobius_gap(const AuditSample *sample, Rounding rounding, Dual *out) {
    const Dual c = curvature(sample, rounding);
    Dual x[N], y[N], sum[N];
    row(sample, rounding, x);
    constants(sample->y, rounding, y);
    sum_of_points(x, y, c, sum);
    out[0] = dual_gap(sum, c);
}

/* The signed distance of exp_0(u) to the plane of the sample's y and normal. */
static Dual usual_plane(const AuditSample *sample, const Dual *u, Dual c) {
    const Dual sc = dual_sqrt(c);
    Dual x[N], minus_p[N], m[N], a[N];
    constants(sample->y, c.rounding, minus_p);
    constants(sample->normal, c.rounding, a);
    for (int i = 0; i < N; i++) minus_p[i] = dual_scale(-1, minus_p[i]);
    exp_zero(u, c, x);
    sum_of_points(minus_p, x, c, m);
    const Dual under = dual_multiply(dual_gap(m, c), dual_norm(a));
    const Dual s = dual_divide(dual_scale(2, dual_multiply(sc, dual_dot(m, a))), under);
    return dual_divide(dual_asinh(s), sc);
}

void usual_hyperplane(const AuditSample *sample, Rounding rounding, Dual *out) {
    Dual u[N];
    row(sample, rounding, u);
    out[0] = usual_plane(sample, u, curvature(sample, rounding));
}

/* sc u. */
static void scaled_row(const AuditSample *sample, Rounding rounding, Dual *out) {
    const Dual sc = dual_sqrt(curvature(sample, rounding));
    row(sample, rounding, out);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(sc, out[i]);
}

void usual_scaled_plane(const AuditSample *sample, Rounding rounding, Dual *out) {
    Dual u[N];
    scaled_row(sample, rounding, u);
    out[0] = usual_plane(sample, u, dual_constant(1, rounding));
}

/* In long double, too, the plain form has no digits left past sc|u| = 12. The form without x has:
 * s = sinh(t)[u,n]/|u| - 2sc[p,n]/(1 - c|p|^2) (cosh t - sc[p,u]/|u| sinh t), t = 2sc|u|. */
static Dual reference_plane(const AuditSample *sample, const Dual *u, Dual c) {
    const Dual sc = dual_sqrt(c);
    Dual p[N], a[N];
    constants(sample->y, ROUND_NOT, p);
    constants(sample->normal, ROUND_NOT, a);
    const Dual length = dual_sqrt(dual_dot(u, u));
    const Dual t = dual_scale(2, dual_multiply(sc, length));
    const Dual size = dual_sqrt(dual_dot(a, a)), sinh_over = dual_divide(dual_sinh(t), length);
    const Dual offset = dual_divide(dual_scale(2, dual_multiply(sc, dual_dot(p, a))),
                                    dual_multiply(dual_gap(p, c), size));
    const Dual along_point = dual_multiply(sc, dual_multiply(sinh_over, dual_dot(p, u)));
    const Dual s = dual_subtract(dual_divide(dual_multiply(sinh_over, dual_dot(u, a)), size),
                                 dual_multiply(offset, dual_subtract(dual_cosh(t), along_point)));
    return dual_divide(dual_asinh(s), sc);
}

void reference_hyperplane(const AuditSample *sample, Dual *out) {
    Dual u[N];
    row(sample, ROUND_NOT, u);
    out[0] = reference_plane(sample, u, curvature(sample, ROUND_NOT));
}

void reference_scaled_plane(const AuditSample *sample, Dual *out) {
    Dual u[N];
    scaled_row(sample, ROUND_NOT, u);
    out[0] = reference_plane(sample, u, dual_constant(1, ROUND_NOT));
}

/* Past the radius the clamp min(1, r/|u|) is r/|u|. */
void usual_feature_clip(const AuditSample *sample, Rounding rounding, Dual *out) {
    row(sample, rounding, out);
    const Dual radius = dual_constant(AUDIT_CLIP / sqrt((long double)sample->c), rounding);
    const Dual factor = dual_divide(radius, dual_norm(out));
    for (int i = 0; factor.value < 1 && i < N; i++) out[i] = dual_multiply(factor, out[i]);
}

/* The usual logarithm of (1 + z)/(1 - z) loses the digits of a small z in long double, too. */
void reference_log_map_zero(const AuditSample *sample, Dual *out) {
    Dual y[N];
    row(sample, ROUND_NOT, y);
    const Dual z = dual_scale(sqrt((long double)sample->c), dual_norm(y));
    const Dual factor = dual_divide(dual_artanh(z), z);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(factor, y[i]);
}

/* arccosh of 1 and a little loses half of the digits of long double, too: asinh does not. */
void reference_distance(const AuditSample *sample, Dual *out) {
    Dual a[N], b[N], w[N];
    const Dual c = curvature(sample, ROUND_NOT);
    row(sample, ROUND_NOT, a);
    constants(sample->y, ROUND_NOT, b);
    for (int i = 0; i < N; i++) w[i] = dual_subtract(a[i], b[i]);
    const Dual gaps = dual_multiply(dual_gap(a, c), dual_gap(b, c));
    const Dual ratio = dual_divide(dual_dot(w, w), gaps);
    const Dual sc = dual_sqrt(c);
    const Dual half = dual_asinh(dual_multiply(sc, dual_sqrt(ratio)));
    out[0] = dual_scale(2, dual_divide(half, sc));
}

/* gap_x gap_y / (gap_x gap_y + c|x + y|^2), as in hyp/ball.h. */
void reference_mobius_gap(const AuditSample *sample, Dual *out) {
    const Dual c = curvature(sample, ROUND_NOT);
    Dual x[N], y[N], w[N];
    row(sample, ROUND_NOT, x);
    constants(sample->y, ROUND_NOT, y);
    for (int i = 0; i < N; i++) w[i] = dual_add(x[i], y[i]);
    const Dual gaps = dual_multiply(dual_gap(x, c), dual_gap(y, c));
    out[0] = dual_divide(gaps, dual_add(gaps, dual_multiply(c, dual_dot(w, w))));
}
