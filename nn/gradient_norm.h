/* gradient_norm.h - the Euclidean norm of one gradient, and whether it is finite. */
#ifndef NN_GRADIENT_NORM_H
#define NN_GRADIENT_NORM_H

#include "autograd/op.h"

/* *norm = sqrt(sum of squares), summed in double in a fixed order; NaN or infinite when an element
 * is. Both pointers are on the kernel's device. */
typedef void (*GradientNormKernel)(const real *gradient, int64_t elements, real *norm);

extern const GradientNormKernel gradient_norm[DEVICE_KINDS];

void gradient_norm_gpu(const real *gradient, int64_t elements, real *norm)
    __attribute__((weak)); /* in cuda/ */

#endif
