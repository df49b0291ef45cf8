/* gpu_conv2d.h - convolution on the GPU: what tensor/kernels/conv2d_kernels.h is on the CPU, with the same
 * layouts. Gradients that are not needed (data NULL) cost nothing. */
#ifndef CUDA_GPU_CONV2D_H
#define CUDA_GPU_CONV2D_H

#include "cuda/product/product_epilogue.h"

C_HEADERS_BEGIN
#include "autograd/graph.h"
#include "tensor/kernels/conv2d_kernels.h"

/* y from x and w; a bias is a shift of the epilogue. */
void gpu_conv2d_forward(const Conv2dShape *shape, const real *x, const real *weight,
                        ProductEpilogue epilogue, real *y);
void gpu_conv2d_backward_data(const Conv2dShape *shape, const real *dy, const real *weight,
                              Gradient dx);
void gpu_conv2d_backward_weight(const Conv2dShape *shape, const real *x, const real *dy,
                                Gradient dweight);
void gpu_conv2d_backward_bias(const Conv2dShape *shape, const real *dy, Gradient dbias);

/* ---- The depthwise case, which the functions above call ---- */

void gpu_depthwise_forward(const Conv2dShape *shape, const real *x, const real *weight,
                           ProductEpilogue epilogue, real *y);
void gpu_depthwise_backward_data(const Conv2dShape *shape, const real *dy, const real *weight,
                                 Gradient dx);
void gpu_depthwise_backward_weight(const Conv2dShape *shape, const real *x, const real *dy,
                                   Gradient dweight);

C_HEADERS_END

#endif
