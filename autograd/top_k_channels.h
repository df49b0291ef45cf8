/* top_k_channels.h - the order of values that top_k_channels uses, on any device. */
#ifndef AUTOGRAD_TOP_K_CHANNELS_H
#define AUTOGRAD_TOP_K_CHANNELS_H

#include "tensor/real.h"

/* Whether (a, at i) comes before (b, at j): a total order. The larger first, of equal ones the
 * lower place first, and NaN after every number. */
static inline HD bool top_k_precedes(real a, int i, real b, int j) {
    const bool a_missing = a != a, b_missing = b != b; /* no branches, so that loops vectorize */
    const bool ahead = (a > b) | (b_missing & !a_missing),
               equal = (a == b) | (a_missing & b_missing);
    return ahead | (equal & (i < j));
}

#endif
