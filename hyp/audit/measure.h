/* measure.h - the errors of a formula at a depth, in float or double. */
#ifndef HYP_AUDIT_MEASURE_H
#define HYP_AUDIT_MEASURE_H

#include "hyp/audit/audit_formulas.h"

enum { AUDIT_SAMPLES = 40, AUDIT_DEPTHS = 19 };
extern const double audit_depths[AUDIT_DEPTHS];

/* Errors relative to the length of the true result, the worst of all samples: 0 is exact, 1 is no
 * digit, INFINITY is a NaN. */
typedef struct Errors {
    double usual_value, usual_gradient, value, gradient;
} Errors;

typedef enum Place {
    PLACE_BOUNDED, /* the library's errors must be at most `allowed` */
    PLACE_VAGUE,  /* eps/gap is above 1%: two points that round to the same x differ by that much */
    PLACE_OUTSIDE /* some x, rounded, is on the boundary or beyond it: nothing is defined there */
} Place;

typedef struct Depth {
    Place place;
    Errors errors; /* not set outside */
    double allowed;
} Depth;

Depth audit_measure(const AuditFormula *formula, double z, Rounding rounding);

/* Outputs, and the gradient of [g, outputs]; zeros past the formula's outputs. */
typedef struct AuditResult {
    long double value[AUDIT_DIMENSION], gradient[AUDIT_DIMENSION];
} AuditResult;

/* The exact result, but for long double. */
AuditResult audit_true_result(const AuditFormula *formula, const AuditSample *sample);

/* The smaller gap 1 - c|x|^2 of a sample's points, exact but for long double; 1 without points. */
double audit_gap(const AuditFormula *formula, const AuditSample *sample);

/* |found - expected| / |expected| of n numbers; INFINITY for a NaN. */
double audit_relative_error(const long double *found, const long double *expected, int n);

double audit_epsilon(Rounding rounding);

#endif
