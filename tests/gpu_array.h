/* gpu_array.h - arrays that lie on the host and on the GPU, and how far two may differ. */
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

/* What a sum of products may be off by, as a share of the sum of the products' sizes: some
 * roundings, as exact arithmetic makes them; and if its factors are rounded to tf32, each by 2^-11
 * at most, (1 + 2^-11)^2 - 1 more. */
double product_error(bool rounded);

/* The largest |found - expected| / (sizes + 0.001): what sums to nothing may be a little off. NaN
 * if one is. */
double worst_error(const real *found, const real *expected, const real *sizes, int64_t count);

#endif
