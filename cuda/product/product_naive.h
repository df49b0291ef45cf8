/* product_naive.h - products and convolutions straight from their definitions, one thread per
 * result. They are the baseline that product_tile.h and depthwise.cu improve on, and the tests'
 * oracle for those. Only tests call them. */
#ifndef CUDA_PRODUCT_NAIVE_H
#define CUDA_PRODUCT_NAIVE_H

#include "cuda/product/gpu_conv2d.h"
#include "cuda/product/gpu_gemm.h"

C_HEADERS_BEGIN

/* c = left right. */
void naive_gemm(int64_t rows, int64_t columns, int64_t depth, GpuMatrix left, GpuMatrix right,
                real *c, int64_t c_stride);
void naive_conv2d_forward(const Conv2dShape *shape, const real *x, const real *weight, real *y);
void naive_conv2d_backward_data(const Conv2dShape *shape, const real *dy, const real *weight,
                                real *dx);
void naive_conv2d_backward_weight(const Conv2dShape *shape, const real *x, const real *dy,
                                  real *dweight);

C_HEADERS_END

#endif
