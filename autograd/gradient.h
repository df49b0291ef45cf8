/* gradient.h - where a backward kernel, or the vector-Jacobian product of a formula, puts the
 * gradient of one input. */
#ifndef AUTOGRAD_GRADIENT_H
#define AUTOGRAD_GRADIENT_H

#include "tensor/real.h"

/* Read data only if accumulate. */
typedef struct Gradient {
    real *data;      /* NULL: this input needs no gradient */
    bool accumulate; /* true: add to the old values; false: overwrite */
} Gradient;

/* Put one element in place. */
static inline HD void gradient_store(Gradient gradient, int64_t i, real share) {
    gradient.data[i] = gradient.accumulate ? gradient.data[i] + share : share;
}

#endif
