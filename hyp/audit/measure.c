/* measure.c - the errors of a formula at a depth, in float or double. */
#include "hyp/audit/measure.h"

enum { N = AUDIT_DIMENSION };

const double audit_depths[AUDIT_DEPTHS] = { 1e-8, 1e-4, 1e-2, 0.1, 1,  2,  3,  4,  5, 6,
                                            7,    8,    9,    10,  12, 14, 16, 18, 20 };

double audit_epsilon(Rounding rounding) {
    return rounding == ROUND_TO_FLOAT ? (double)FLT_EPSILON : DBL_EPSILON;
}

double audit_relative_error(const long double *found, const long double *expected, int n) {
    long double off = 0, size = 0;
    for (int i = 0; i < n; i++) {
        off += (found[i] - expected[i]) * (found[i] - expected[i]);
        size += expected[i] * expected[i];
    }
    const double relative = off == 0 ? 0 : (double)sqrt(off / size);
    return relative == relative ? relative : INFINITY;
}

static AuditResult result_of_dual(const AuditFormula *formula, const AuditSample *sample,
                                  const Dual *out) {
    AuditResult result = { { 0 }, { 0 } };
    for (int j = 0; j < formula->outputs; j++) {
        result.value[j] = out[j].value;
        for (int i = 0; i < N; i++) result.gradient[i] += (long double)sample->g[j] * out[j].d[i];
    }
    return result;
}

static AuditResult our_result(const AuditFormula *formula, const AuditSample *sample,
                              Rounding rounding) {
    const OursTable *table = rounding == ROUND_TO_FLOAT ? ours_in_float() : ours_in_double();
    Ours *ours = *(Ours *const *)((const char *)table + formula->ours);
    AuditResult result = { { 0 }, { 0 } };
    double value[N], gradient[N];
    ours(sample, value, gradient);
    for (int j = 0; j < formula->outputs; j++) result.value[j] = (long double)value[j];
    for (int i = 0; i < N; i++) result.gradient[i] = (long double)gradient[i];
    return result;
}

AuditResult audit_true_result(const AuditFormula *formula, const AuditSample *sample) {
    Dual out[N];
    if (formula->reference)
        formula->reference(sample, out);
    else
        formula->usual(sample, ROUND_NOT, out);
    return result_of_dual(formula, sample, out);
}

static void measure_sample(const AuditFormula *formula, const AuditSample *sample,
                           Rounding rounding, Errors *errors) {
    Dual out[N];
    const AuditResult expected = audit_true_result(formula, sample);
    formula->usual(sample, rounding, out);
    const AuditResult usual = result_of_dual(formula, sample, out);
    const AuditResult ours = our_result(formula, sample, rounding);
    const Errors found = { audit_relative_error(usual.value, expected.value, N),
                           audit_relative_error(usual.gradient, expected.gradient, N),
                           audit_relative_error(ours.value, expected.value, N),
                           audit_relative_error(ours.gradient, expected.gradient, N) };
    errors->usual_value = fmax(errors->usual_value, found.usual_value);
    errors->usual_gradient = fmax(errors->usual_gradient, found.usual_gradient);
    errors->value = fmax(errors->value, found.value);
    errors->gradient = fmax(errors->gradient, found.gradient);
}

static long double exact_gap(const double *x, double c) {
    long double square = 0;
    for (int i = 0; i < N; i++) square += (long double)x[i] * (long double)x[i];
    return 1 - (long double)c * square;
}

double audit_gap(const AuditFormula *formula, const AuditSample *sample) {
    if (!formula->takes_points) return 1;
    return (double)fmin(exact_gap(sample->x, sample->c), exact_gap(sample->y, sample->c));
}

Depth audit_measure(const AuditFormula *formula, double z, Rounding rounding) {
    const double epsilon = audit_epsilon(rounding);
    Depth depth = { PLACE_BOUNDED, { 0 }, 0 };
    double gap = 1;
    for (int number = 0; number < AUDIT_SAMPLES; number++) {
        const AuditSample sample = audit_sample(formula, number, z, rounding);
        gap = fmin(gap, audit_gap(formula, &sample));
        if (gap <= 0) return (Depth){ PLACE_OUTSIDE, { 0 }, 0 };
        measure_sample(formula, &sample, rounding, &depth.errors);
    }
    if (gap < 100 * epsilon) depth.place = PLACE_VAGUE;
    depth.allowed = formula->allowed * epsilon / gap;
    return depth;
}
