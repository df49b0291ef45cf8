/* gpu_array.h - arrays on the host and on the GPU, and the difference of two of them. */
#ifndef TESTS_GPU_ARRAY_H
#define TESTS_GPU_ARRAY_H

#include "tensor/tensor.h"

typedef struct GpuArray {
    int64_t count;
    real *host;
    Tensor tensor;
    real *data; /* of the tensor */
} GpuArray;

/* Uniform in [-1, 1), the same on both sides. */
GpuArray gpu_array(const Device *gpu, int64_t count, uint64_t seed);

/* |from|. */
GpuArray gpu_array_sizes(const Device *gpu, const GpuArray *from);

void gpu_array_upload(GpuArray *array);
void gpu_array_download(GpuArray *array);
void gpu_array_release(GpuArray *array);

/* The allowed error of a sum of products, as a share of the sum of the products' sizes: some
 * roundings in exact arithmetic; if the factors are rounded to tf32, each by at most 2^-11,
 * (1 + 2^-11)^2 - 1 more. */
double product_error(bool rounded);

/* The largest |found - expected| / (sizes + 0.001): a sum near zero may have a small error. NaN if
 * any is. */
double worst_error(const real *found, const real *expected, const real *sizes, int64_t count);

#endif
