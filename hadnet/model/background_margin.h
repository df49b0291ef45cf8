/* background_margin.h - the formula of one row, shared by the CPU and the GPU kernel. */
#ifndef HADNET_BACKGROUND_MARGIN_H
#define HADNET_BACKGROUND_MARGIN_H

#include "tensor/real.h"

/* max over k >= 1 of distances[k], minus distances[0]; NaN if any is NaN. At least 2 classes. */
static inline HD real background_margin_of(const real *distances, int64_t classes) {
    real largest = distances[1];
    for (int64_t k = 2; k < classes; k++)
        if (!(distances[k] <= largest)) largest = distances[k];
    return largest - distances[0];
}

#endif
