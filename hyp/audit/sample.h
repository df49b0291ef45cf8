/* sample.h - the inputs of one audited evaluation, exact in the number type that is audited. */
#ifndef HYP_AUDIT_SAMPLE_H
#define HYP_AUDIT_SAMPLE_H

#include <stdbool.h>

enum { AUDIT_DIMENSION = 3 };

/* Gradients are those of [g, output] by x, or by c: then x is constant, and the derivative is the
 * first number of the gradient. */
typedef struct AuditSample {
    double c, x[AUDIT_DIMENSION], y[AUDIT_DIMENSION], normal[AUDIT_DIMENSION], g[AUDIT_DIMENSION];
    bool by_curvature;
} AuditSample;

/* sc r of the audited feature clipping, between two of the depths. */
#define AUDIT_CLIP 2.5

#endif
