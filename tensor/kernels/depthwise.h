/* depthwise.h - convolutions of each channel with a filter of its own, groups == in == out; the
 * functions of conv2d_kernels.h call these. */
#ifndef TENSOR_DEPTHWISE_H
#define TENSOR_DEPTHWISE_H

#include "tensor/kernels/conv2d_shape.h"
#include "tensor/kernels/epilogue.h"

void depthwise_forward(const Conv2dShape *shape, const real *x, const real *weight,
                       const real *bias, const Epilogue *epilogue, real *y);
void depthwise_backward_data(const Conv2dShape *shape, const real *dy, const real *weight, real *dx,
                             bool accumulate);
void depthwise_backward_weight(const Conv2dShape *shape, const real *x, const real *dy,
                               real *dweight, bool accumulate);

#endif
