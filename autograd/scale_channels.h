/* scale_channels.h - the rows of op scale_channels. */
#ifndef AUTOGRAD_SCALE_CHANNELS_H
#define AUTOGRAD_SCALE_CHANNELS_H

#include "tensor/tensor.h"

/* x as rows of as many elements as there are factors: a factor for all makes rows of one. */
static inline Shape scale_channels_shape_of_rows(const Shape *x, const Shape *scale) {
    const int64_t factors = scale->size[0];
    return shape_2(factors ? shape_elements(x) / factors : 0, factors);
}

#endif
