/* audit.c - audits a user's formula or op at every depth. */
#include "hyp/audit.h"

#include "hyp/audit/measure.h"
#include "hyp/audit/own_sample.h"

/* The worst errors of a depth, in shares of what is allowed too, and the sample of the first that
 * is not allowed. */
typedef struct DepthErrors {
    double value, gradient, allowed, gradient_allowed;
    bool wrong, wrong_gradient;
    OwnSample sample;
} DepthErrors;

static bool is_complete(const Audit *audit, Error *error) {
    const char *name = audit->name ? audit->name : "audit";
    if (audit->outputs < 1 || audit->outputs > AUDIT_ROW)
        return error_set(error, "%s: outputs is %d, expected 1 to %d", name, audit->outputs,
                         AUDIT_ROW);
    if (!audit->reference) return error_set(error, "%s: a reference is missing", name);
    if (!audit->op && !(audit->formula && audit->gradient))
        return error_set(error, "%s: expected a formula and its gradient, or an op", name);
    return true;
}

/* 1: measured; 0: the points of this depth are too vague; -1: an error. */
static int measure(const Audit *audit, double depth, DepthErrors *at, Error *error) {
    const double epsilon = (double)REAL_EPSILON, wish = audit->allowed > 0 ? audit->allowed : 64;
    *at = (DepthErrors){ 0 };
    for (int number = 0; number < AUDIT_SAMPLES; number++) {
        OwnSample sample = own_sample(audit, number, depth);
        if (!(sample.gap >= 100 * epsilon)) return 0;
        if (!own_sample_compute(audit, &sample, error)) return -1;
        own_sample_reference(audit, &sample);
        const double allowed = wish * epsilon / sample.gap, for_gradient = fmax(allowed, 1e-10);
        const double value = audit_relative_error(sample.value, sample.true_value, AUDIT_ROW);
        const double gradient =
            audit_relative_error(sample.gradient, sample.true_gradient, AUDIT_ROW);
        at->value = fmax(at->value, value), at->gradient = fmax(at->gradient, gradient);
        at->allowed = fmax(at->allowed, allowed);
        if (at->wrong || (value <= allowed && gradient <= for_gradient)) continue;
        at->wrong = true, at->wrong_gradient = value <= allowed, at->sample = sample;
    }
    return 1;
}

static void print_error(FILE *table, double error) {
    if (error < 0.5)
        fprintf(table, "  %9.1e", error);
    else
        fprintf(table, "  %9s", "no digit");
}

bool audit_run(const Audit *audit, FILE *table, Error *error) {
    static const double depths[] = { 1e-4, 1e-2, 0.1, 1,  2,  3,  4,  5,  6,
                                     7,    8,    9,   10, 12, 14, 16, 18, 20 };
    const double deepest = audit->deepest > 0 ? audit->deepest : 20;
    bool right = true;
    if (!is_complete(audit, error)) return false;
    if (table && sizeof(real) > sizeof(float))
        fputs("Of gradients at least 1e-10 is allowed: differences are no better.\n", table);
    if (table)
        fprintf(table, "%s, %s\n%10s  %9s  %9s  %9s\n", audit->name,
                sizeof(real) == sizeof(float) ? "float" : "double", "depth", "value", "gradient",
                "allowed");
    for (size_t k = 0; k < sizeof depths / sizeof *depths && depths[k] <= deepest; k++) {
        DepthErrors at;
        const int measured = measure(audit, depths[k], &at, error);
        if (measured < 0) return false;
        if (measured == 0) break;
        if (at.wrong && right) own_sample_explain(audit, &at.sample, at.wrong_gradient, error);
        right &= !at.wrong;
        if (!table) continue;
        fprintf(table, "%10g", depths[k]);
        print_error(table, at.value);
        print_error(table, at.gradient);
        fprintf(table, "  %9.1e%s\n", at.allowed, at.wrong ? "  EXCEEDED" : "");
    }
    return right;
}
