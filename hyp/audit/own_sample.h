/* own_sample.h - one sample of an audit of the user's own formula: inputs, results, reference. */
#ifndef HYP_AUDIT_OWN_SAMPLE_H
#define HYP_AUDIT_OWN_SAMPLE_H

#include "hyp/audit.h"

typedef struct OwnSample {
    real x[AUDIT_ROW], c, g[AUDIT_ROW];
    double depth, gap; /* gap: 1 - c|x|^2 for points, else 1 */
    long double value[AUDIT_ROW], gradient[AUDIT_ROW];
    long double true_value[AUDIT_ROW], true_gradient[AUDIT_ROW];
} OwnSample;

/* The inputs of sample `number` at a depth. */
OwnSample own_sample(const Audit *audit, int number, double depth);

/* Compute what the audited formula gives; false: an op refuses the row, or fails. */
bool own_sample_compute(const Audit *audit, OwnSample *sample, Error *error);

/* Compute the reference, and its gradient by central differences of sixth order. */
void own_sample_reference(const Audit *audit, OwnSample *sample);

/* One line for a sample with a wrong gradient or value: found, expected, the likely reason. */
void own_sample_explain(const Audit *audit, const OwnSample *sample, bool gradient, Error *error);

#endif
