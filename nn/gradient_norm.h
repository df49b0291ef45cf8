/* gradient_norm.h - the Euclidean norm of one gradient, and whether it is finite. */
#ifndef NN_GRADIENT_NORM_H
#define NN_GRADIENT_NORM_H

#include "tensor/device.h"

/* *norm = sqrt(sum of squares), summed in double in a fixed order; NaN or infinite when an element
 * is. Both pointers are on the device. */
void gradient_norm(const Device *device, const real *gradient, int64_t elements, real *norm);

#endif
