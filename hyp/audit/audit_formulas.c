/* audit_formulas.c - the table of audited formulas, with their inputs. */
#include "hyp/audit/audit_formulas.h"

#include "hyp/ball.h"
#include "hyp/hyperplane/hyperplane_finish.h"

enum { N = AUDIT_DIMENSION };

/* ---- The formulas as they are usually coded ---- */

static void variables(const real *x, bool single, Dual *out) {
    for (int i = 0; i < N; i++) out[i] = dual_variable((long double)x[i], i, single);
}

static void constants(const real *x, bool single, Dual *out) {
    for (int i = 0; i < N; i++) out[i] = dual_constant((long double)x[i], single);
}

static Dual dual_norm(const Dual *x) {
    return dual_at_least(dual_sqrt(dual_dot(x, x)), 1e-5L);
}

/* 1 - c|x|^2, computed anew from x. */
static Dual dual_gap(const Dual *x, real c) {
    return dual_at_least(dual_from_one(dual_scale((long double)c, dual_dot(x, x))), 1e-15L);
}

static void usual_exp(const Dual *u, real c, Dual *out) {
    const Dual z = dual_scale(sqrt((long double)c), dual_norm(u));
    const Dual factor = dual_divide(dual_tanh(z), z);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(factor, u[i]);
}

static void dual_exp_map_zero(const AuditSample *sample, bool single, Dual *out) {
    Dual u[N];
    variables(sample->x, single, u);
    usual_exp(u, sample->c, out);
    if (!single) return;
    const Dual norm = dual_norm(out); /* back inside, as usual */
    const long double limit = (1 - 4e-3L) / sqrt((long double)sample->c);
    for (int i = 0; norm.value > limit && i < N; i++)
        out[i] = dual_scale(limit, dual_divide(out[i], norm));
}

/* On an axis exp_0 is tanh(sc u)/sc; the general form would find sech^2 as a difference of two
 * numbers of size 1/z, too small for long double by sc|u| = 16. */
static void reference_radial(const AuditSample *sample, Dual *out) {
    const long double sc = sqrt((long double)sample->c);
    variables(sample->x, false, out);
    for (int i = 0; i < N; i++) out[i] = dual_scale(1 / sc, dual_tanh(dual_scale(sc, out[i])));
}

static void dual_log_map_zero(const AuditSample *sample, bool single, Dual *out) {
    Dual y[N];
    variables(sample->x, single, y);
    const Dual z = dual_at_most(dual_scale(sqrt((long double)sample->c), dual_norm(y)), 1 - 1e-7L);
    const Dual one = dual_constant(1, single);
    const Dual artanh = dual_scale(0.5L, dual_log(dual_divide(dual_add(one, z), dual_from_one(z))));
    const Dual factor = dual_divide(artanh, z);
    for (int i = 0; i < N; i++) out[i] = dual_multiply(factor, y[i]);
}

static void dual_distance(const AuditSample *sample, bool single, Dual *out) {
    Dual a[N], b[N], w[N];
    variables(sample->x, single, a);
    constants(sample->y, single, b);
    for (int i = 0; i < N; i++) w[i] = dual_subtract(a[i], b[i]);
    const Dual gaps = dual_multiply(dual_gap(a, sample->c), dual_gap(b, sample->c));
    const Dual ratio = dual_divide(dual_scale(2 * (long double)sample->c, dual_dot(w, w)), gaps);
    const Dual argument =
        dual_at_least(dual_add(dual_constant(1, single), ratio), 1 + (long double)FLT_EPSILON);
    out[0] = dual_scale(1 / sqrt((long double)sample->c), dual_acosh(argument));
}

static void usual_mobius_add(const Dual *x, const Dual *y, real c, Dual *out) {
    const Dual one = dual_constant(1, x[0].single), xx = dual_dot(x, x), yy = dual_dot(y, y);
    const Dual cross = dual_add(one, dual_scale(2 * (long double)c, dual_dot(x, y)));
    const Dual of_x = dual_add(cross, dual_scale((long double)c, yy));
    const Dual of_y = dual_from_one(dual_scale((long double)c, xx));
    const Dual under =
        dual_add(cross, dual_scale((long double)c * (long double)c, dual_multiply(xx, yy)));
    for (int i = 0; i < N; i++)
        out[i] = dual_divide(dual_add(dual_multiply(of_x, x[i]), dual_multiply(of_y, y[i])), under);
}

static void dual_mobius_gap(const AuditSample *sample, bool single, Dual *out) {
    Dual x[N], y[N], sum[N];
    variables(sample->x, single, x);
    constants(sample->y, single, y);
    usual_mobius_add(x, y, sample->c, sum);
    out[0] = dual_gap(sum, sample->c);
}

static void dual_hyperplane(const AuditSample *sample, bool single, Dual *out) {
    const long double sc = sqrt((long double)sample->c);
    Dual u[N], x[N], minus_p[N], m[N], a[N];
    variables(sample->x, single, u);
    constants(sample->y, single, minus_p);
    constants(sample->normal, single, a);
    for (int i = 0; i < N; i++) minus_p[i] = dual_scale(-1, minus_p[i]);
    usual_exp(u, sample->c, x);
    usual_mobius_add(minus_p, x, sample->c, m);
    const Dual under = dual_multiply(dual_gap(m, sample->c), dual_norm(a));
    const Dual s = dual_divide(dual_scale(2 * sc, dual_dot(m, a)), under);
    out[0] = dual_scale(1 / sc, dual_asinh(s));
}

/* In long double, too, the plain form has no digits left past sc|u| = 12. The form without x has:
 * s = sinh(t)[u,n]/|u| - 2sc[p,n]/(1 - c|p|^2) (cosh t - sc[p,u]/|u| sinh t), t = 2sc|u|. */
static void reference_hyperplane(const AuditSample *sample, Dual *out) {
    const long double sc = sqrt((long double)sample->c);
    Dual u[N], p[N], a[N];
    variables(sample->x, false, u);
    constants(sample->y, false, p);
    constants(sample->normal, false, a);
    const Dual length = dual_sqrt(dual_dot(u, u)), t = dual_scale(2 * sc, length);
    const Dual size = dual_sqrt(dual_dot(a, a)), sinh_over = dual_divide(dual_sinh(t), length);
    const Dual offset = dual_divide(dual_scale(2 * sc, dual_dot(p, a)),
                                    dual_multiply(dual_gap(p, sample->c), size));
    const Dual along_point = dual_scale(sc, dual_multiply(sinh_over, dual_dot(p, u)));
    const Dual s = dual_subtract(dual_divide(dual_multiply(sinh_over, dual_dot(u, a)), size),
                                 dual_multiply(offset, dual_subtract(dual_cosh(t), along_point)));
    out[0] = dual_scale(1 / sc, dual_asinh(s));
}

/* ---- The formulas of this library ---- */

static void our_exp_map_zero(const AuditSample *sample, real *out, Gradient gradient) {
    ball_exp_map_zero(sample->x, N, sample->c, out);
    ball_exp_map_zero_backward(sample->x, N, sample->c, sample->g, gradient);
}

static void our_log_map_zero(const AuditSample *sample, real *out, Gradient gradient) {
    ball_log_map_zero(sample->x, N, sample->c, out);
    ball_log_map_zero_backward(sample->x, N, sample->c, sample->g, gradient);
}

static void our_distance(const AuditSample *sample, real *out, Gradient gradient) {
    const Gradient none = { NULL, false };
    out[0] = ball_distance(sample->x, sample->y, N, sample->c);
    ball_distance_backward(sample->x, sample->y, N, sample->c, sample->g[0], gradient, none);
}

/* d(gap_x gap_y/D), D = gap_x gap_y + c|w|^2, w = x + y: with q = gap_x gap_y/D,
 * dq = (c|w|^2 gap_y d gap_x - 2c q D [w,dx]) / D^2. */
static void our_mobius_gap(const AuditSample *sample, real *out, Gradient gradient) {
    const real c = sample->c, *x = sample->x, *y = sample->y;
    const real gap_x = ball_gap(x, N, c), gap_y = ball_gap(y, N, c);
    const real cw = c * row_sum_square(x, 1, y, N), d = gap_x * gap_y + cw;
    out[0] = ball_mobius_add_gap(x, y, N, c);
    for (int i = 0; i < N; i++)
        gradient_store(gradient, i,
                       -2 * c * gap_y / d / d * (cw * x[i] + gap_x * (x[i] + y[i])) * sample->g[0]);
}

static void our_hyperplane(const AuditSample *sample, real *out, Gradient gradient) {
    real work[4 * N];
    const Gradient none = { NULL, false };
    out[0] = hyperplane_single(sample->x, sample->y, sample->normal, N, sample->c, false,
                               sample->g[0], work, gradient, none, none);
}

/* ---- The other inputs of a sample ---- */

void audit_random_row(Random *random, double length, real *x) {
    double row[N], square = 0;
    for (int i = 0; i < N; i++) {
        row[i] = random_normal(random);
        square += row[i] * row[i];
    }
    for (int i = 0; i < N; i++) x[i] = (real)(row[i] * length / sqrt(square));
}

static void no_second(AuditSample *sample, Random *random, double z) {
    (void)sample, (void)random, (void)z;
}

/* All inputs along one axis: only sech^2(z) remains of the gradient. */
static void radial(AuditSample *sample, Random *random, double z) {
    (void)random;
    for (int i = 0; i < N; i++) sample->x[i] = sample->g[i] = 0;
    sample->x[0] = (real)(z / sqrt((double)sample->c));
    sample->g[0] = 1;
}

/* b a hundredth of a unit of length from a: |a - b| is about gap/200. */
static void near_second(AuditSample *sample, Random *random, double z) {
    const double gap = 1 / (cosh(z) * cosh(z));
    audit_random_row(random, 0.005 * gap / sqrt((double)sample->c), sample->y);
    for (int i = 0; i < N; i++) sample->y[i] += sample->x[i];
}

/* Two points, each half of the way out: their sum is at sc|x (+) y| = tanh z. */
static void halves(AuditSample *sample, Random *random, double z) {
    (void)random;
    const double half = tanh(z / 2) / sqrt((double)sample->c) / (double)row_norm(sample->x, N);
    for (int i = 0; i < N; i++) sample->x[i] = sample->y[i] = (real)(sample->x[i] * half);
}

static void hyperplane_point(AuditSample *sample, Random *random, double z) {
    (void)z;
    audit_random_row(random, 0.6 / sqrt((double)sample->c), sample->y);
}

const AuditFormula audit_formulas[AUDIT_FORMULAS] = {
    { "exp_map_zero", "tanh(sc|u|)/(sc|u|) u", "sc|u|",
      "|u| is clamped from below, the result pushed back to sc|x| = 0.996", false, N, no_second,
      dual_exp_map_zero, NULL, our_exp_map_zero, 8 },
    { "exp, radially", "the same, with u and its gradient along one axis", "sc|u|",
      "past sc|u| = 3.1 the result is pushed back, and its gradient is cut off", false, N, radial,
      dual_exp_map_zero, reference_radial, our_exp_map_zero, 64 },
    { "log_map_zero", "artanh(sc|y|)/(sc|y|) y", "artanh(sc|y|)",
      "|y| is clamped from below, and sc|y| from above at 1 - 1e-7", true, N, no_second,
      dual_log_map_zero, NULL, our_log_map_zero, 4 },
    { "distance", "of two points a, b that are 0.01/sc apart", "artanh(sc|a|)",
      "the argument of arccosh is 1 and a little, which loses half of the digits", true, 1,
      near_second, dual_distance, NULL, our_distance, 4 },
    { "gap of a sum", "1 - c|x (+) y|^2, for y = x", "artanh of sum",
      "the norm of the rounded sum is taken from 1", true, 1, halves, dual_mobius_gap, NULL,
      our_mobius_gap, 4 },
    { "hyperplane", "signed distance of exp_0(u) to a hyperplane", "sc|u|",
      "x = exp_0(u), then (-p) (+) x, then the gap of that", false, 1, hyperplane_point,
      dual_hyperplane, reference_hyperplane, our_hyperplane, 200 },
};
