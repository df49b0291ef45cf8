/* conv2d_shape.h - the sizes of a convolution (conv2d_kernels.h). */
#ifndef TENSOR_CONV2D_SHAPE_H
#define TENSOR_CONV2D_SHAPE_H

#include "tensor/public.h"
#include "tensor/real.h"

typedef struct Conv2dShape {
    int64_t batch, height, width, in, out;
    int64_t kernel_height, kernel_width;
    int64_t stride, padding; /* the same for both dimensions; stride >= 1, padding >= 0 */
    int64_t groups;          /* divides in and out */
} Conv2dShape;

/* Output sizes: floor((size + 2 padding - kernel) / stride) + 1, and 0 where the kernel does not
 * fit. */
FOR_GPU_KERNELS int64_t conv2d_out_height(const Conv2dShape *shape);
FOR_GPU_KERNELS int64_t conv2d_out_width(const Conv2dShape *shape);

/* Multiply-adds of the forward pass, zeros of the padding counted. */
int64_t conv2d_multiply_adds(const Conv2dShape *shape);

FOR_GPU_KERNELS bool conv2d_is_depthwise(const Conv2dShape *shape);

#endif
