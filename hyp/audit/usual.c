/* usual.c - the formulas as they are usually coded, and references in long double. */
#include "hyp/audit/usual.h"

enum { N = AUDIT_DIMENSION };

static void variables(const double *x, Rounding rounding, Dual *out) {
    for (int i = 0; i < N; i++) out[i] = dual_variable((long double)x[i], i, rounding);
}

static void constants(const double *x, Rounding rounding, Dual *out) {
    for (int i = 0; i < N; i++) out[i] = dual_constant((long double)x[i], rounding);
}

static bool is_double(const Dual *x) {
    return x->rounding == ROUND_TO_DOUBLE;
}

static Dual dual_norm(const Dual *x) {
    return dual_at_least(dual_sqrt(dual_dot(x, x)), is_double(x) ? 1e-15L : 1e-5L);
}

/* 1 - c|x|^2, computed anew from x. */
static Dual dual_gap(const Dual *x, double c) {
    return dual_at_least(dual_from_one(dual_scale((long double)c, dual_dot(x, x))), 1e-15L);
}

static void exp_zero(const Dual *u, double c, Dual *out) {
    const Dual z = dual_scale(sqrt((long double)c), dual_norm(u));
    const Dual factor = dual_divide(dual_tanh(z), z);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(factor, u[i]);
}

void usual_exp_map_zero(const AuditSample *sample, Rounding rounding, Dual *out) {
    Dual u[N];
    variables(sample->x, rounding, u);
    exp_zero(u, sample->c, out);
    if (rounding == ROUND_NOT) return;
    const Dual norm = dual_norm(out); /* back inside, as usual */
    const long double limit = (1 - (is_double(u) ? 1e-5L : 4e-3L)) / sqrt((long double)sample->c);
    for (int i = 0; norm.value > limit && i < N; i++)
        out[i] = dual_scale(limit, dual_divide(out[i], norm));
}

/* On an axis exp_0 is tanh(sc u)/sc; the general form would find sech^2 as a difference of two
 * numbers of size 1/z, too small for long double by sc|u| = 16. */
void reference_radial(const AuditSample *sample, Dual *out) {
    const long double sc = sqrt((long double)sample->c);
    variables(sample->x, ROUND_NOT, out);
    for (int i = 0; i < N; i++) out[i] = dual_scale(1 / sc, dual_tanh(dual_scale(sc, out[i])));
}

void usual_log_map_zero(const AuditSample *sample, Rounding rounding, Dual *out) {
    Dual y[N];
    variables(sample->x, rounding, y);
    const Dual z = dual_at_most(dual_scale(sqrt((long double)sample->c), dual_norm(y)),
                                1 - (is_double(y) ? 1e-15L : 1e-7L));
    const Dual one = dual_constant(1, rounding);
    const Dual artanh = dual_scale(0.5L, dual_log(dual_divide(dual_add(one, z), dual_from_one(z))));
    const Dual factor = dual_divide(artanh, z);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(factor, y[i]);
}

void usual_distance(const AuditSample *sample, Rounding rounding, Dual *out) {
    Dual a[N], b[N], w[N];
    variables(sample->x, rounding, a);
    constants(sample->y, rounding, b);
    for (int i = 0; i < N; i++) w[i] = dual_subtract(a[i], b[i]);
    const Dual gaps = dual_multiply(dual_gap(a, sample->c), dual_gap(b, sample->c));
    const Dual ratio = dual_divide(dual_scale(2 * (long double)sample->c, dual_dot(w, w)), gaps);
    const Dual argument =
        dual_at_least(dual_add(dual_constant(1, rounding), ratio),
                      1 + (long double)(is_double(a) ? DBL_EPSILON : FLT_EPSILON));
    out[0] = dual_scale(1 / sqrt((long double)sample->c), dual_acosh(argument));
}

static void sum_of_points(const Dual *x, const Dual *y, double c, Dual *out) {
    const Dual one = dual_constant(1, x[0].rounding), xx = dual_dot(x, x), yy = dual_dot(y, y);
    const Dual cross = dual_add(one, dual_scale(2 * (long double)c, dual_dot(x, y)));
    const Dual of_x = dual_add(cross, dual_scale((long double)c, yy));
    const Dual of_y = dual_from_one(dual_scale((long double)c, xx));
    const Dual under =
        dual_add(cross, dual_scale((long double)c * (long double)c, dual_multiply(xx, yy)));
    for (int i = 0; i < N; i++)
        out[i] = dual_divide(dual_add(dual_multiply(of_x, x[i]), dual_multiply(of_y, y[i])), under);
}

void usual_mobius_gap(const AuditSample *sample, Rounding rounding, Dual *out) {
    Dual x[N], y[N], sum[N];
    variables(sample->x, rounding, x);
    constants(sample->y, rounding, y);
    sum_of_points(x, y, sample->c, sum);
    out[0] = dual_gap(sum, sample->c);
}

void usual_hyperplane(const AuditSample *sample, Rounding rounding, Dual *out) {
    const long double sc = sqrt((long double)sample->c);
    Dual u[N], x[N], minus_p[N], m[N], a[N];
    variables(sample->x, rounding, u);
    constants(sample->y, rounding, minus_p);
    constants(sample->normal, rounding, a);
    for (int i = 0; i < N; i++) minus_p[i] = dual_scale(-1, minus_p[i]);
    exp_zero(u, sample->c, x);
    sum_of_points(minus_p, x, sample->c, m);
    const Dual under = dual_multiply(dual_gap(m, sample->c), dual_norm(a));
    const Dual s = dual_divide(dual_scale(2 * sc, dual_dot(m, a)), under);
    out[0] = dual_scale(1 / sc, dual_asinh(s));
}

/* In long double, too, the plain form has no digits left past sc|u| = 12. The form without x has:
 * s = sinh(t)[u,n]/|u| - 2sc[p,n]/(1 - c|p|^2) (cosh t - sc[p,u]/|u| sinh t), t = 2sc|u|. */
void reference_hyperplane(const AuditSample *sample, Dual *out) {
    const long double sc = sqrt((long double)sample->c);
    Dual u[N], p[N], a[N];
    variables(sample->x, ROUND_NOT, u);
    constants(sample->y, ROUND_NOT, p);
    constants(sample->normal, ROUND_NOT, a);
    const Dual length = dual_sqrt(dual_dot(u, u)), t = dual_scale(2 * sc, length);
    const Dual size = dual_sqrt(dual_dot(a, a)), sinh_over = dual_divide(dual_sinh(t), length);
    const Dual offset = dual_divide(dual_scale(2 * sc, dual_dot(p, a)),
                                    dual_multiply(dual_gap(p, sample->c), size));
    const Dual along_point = dual_scale(sc, dual_multiply(sinh_over, dual_dot(p, u)));
    const Dual s = dual_subtract(dual_divide(dual_multiply(sinh_over, dual_dot(u, a)), size),
                                 dual_multiply(offset, dual_subtract(dual_cosh(t), along_point)));
    out[0] = dual_scale(1 / sc, dual_asinh(s));
}

/* Past the radius the clamp min(1, r/|u|) is r/|u|. */
void usual_feature_clip(const AuditSample *sample, Rounding rounding, Dual *out) {
    variables(sample->x, rounding, out);
    const Dual radius = dual_constant(AUDIT_CLIP / sqrt((long double)sample->c), rounding);
    const Dual factor = dual_divide(radius, dual_norm(out));
    for (int i = 0; factor.value < 1 && i < N; i++) out[i] = dual_multiply(factor, out[i]);
}

/* The usual logarithm of (1 + z)/(1 - z) loses the digits of a small z in long double, too. */
void reference_log_map_zero(const AuditSample *sample, Dual *out) {
    Dual y[N];
    variables(sample->x, ROUND_NOT, y);
    const Dual z = dual_scale(sqrt((long double)sample->c), dual_norm(y));
    const Dual factor = dual_divide(dual_artanh(z), z);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(factor, y[i]);
}

/* arccosh of 1 and a little loses half of the digits of long double, too: asinh does not. */
void reference_distance(const AuditSample *sample, Dual *out) {
    const long double sc = sqrt((long double)sample->c);
    Dual a[N], b[N], w[N];
    variables(sample->x, ROUND_NOT, a);
    constants(sample->y, ROUND_NOT, b);
    for (int i = 0; i < N; i++) w[i] = dual_subtract(a[i], b[i]);
    const Dual gaps = dual_multiply(dual_gap(a, sample->c), dual_gap(b, sample->c));
    const Dual ratio = dual_divide(dual_dot(w, w), gaps);
    out[0] = dual_scale(2 / sc, dual_asinh(dual_scale(sc, dual_sqrt(ratio))));
}

/* gap_x gap_y / (gap_x gap_y + c|x + y|^2), as in hyp/ball.h. */
void reference_mobius_gap(const AuditSample *sample, Dual *out) {
    const long double c = (long double)sample->c;
    Dual x[N], y[N], w[N];
    variables(sample->x, ROUND_NOT, x);
    constants(sample->y, ROUND_NOT, y);
    for (int i = 0; i < N; i++) w[i] = dual_add(x[i], y[i]);
    const Dual gaps = dual_multiply(dual_gap(x, sample->c), dual_gap(y, sample->c));
    out[0] = dual_divide(gaps, dual_add(gaps, dual_scale(c, dual_dot(w, w))));
}
