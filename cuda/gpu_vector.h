/* gpu_vector.h - kernels over an array: each thread processes the elements of one 16-byte access,
 * the widest, which a memory-bound kernel needs.
 *
 *     GPU_KERNEL(relu_forward, GPU_VECTOR_THREADS, Pointwise) {
 *         const int64_t i = gpu_vector_index();
 *         GpuVector x = gpu_vector_load(a->x, i, a->n);
 *         for (int k = 0; k < GPU_VECTOR; k++) x.lane[k] = relu_value(x.lane[k]);
 *         gpu_vector_store(a->y, i, a->n, x);
 *     }
 *     gpu_launch(&relu_forward, gpu_vector_blocks(n), &arguments);
 *
 * Arrays start at multiples of 16 bytes, as all tensors do.
 */
#ifndef CUDA_GPU_VECTOR_H
#define CUDA_GPU_VECTOR_H

#include "cuda/port/gpu.h"

enum { GPU_VECTOR = 16 / (int)sizeof(real), GPU_VECTOR_THREADS = 256 };

typedef struct __attribute__((aligned(16))) GpuVector {
    real lane[GPU_VECTOR];
} GpuVector;

/* Host: blocks for n elements. */
static inline int64_t gpu_vector_blocks(int64_t n) {
    return gpu_divide_up(n, GPU_VECTOR_THREADS * GPU_VECTOR);
}

/* The first element of this thread. */
static GPU_DEVICE int64_t gpu_vector_index(void) {
    return ((int64_t)gpu_block() * GPU_VECTOR_THREADS + gpu_thread()) * GPU_VECTOR;
}

/* Elements i.. of from[0..n-1]; zeros past the end. */
static GPU_DEVICE GpuVector gpu_vector_load(const real *from, int64_t i, int64_t n) {
    GpuVector value;
    if (i + GPU_VECTOR <= n) return *(const GpuVector *)(from + i);
    for (int k = 0; k < GPU_VECTOR; k++) value.lane[k] = i + k < n ? from[i + k] : 0;
    return value;
}

/* Stores to elements i.. of to[0..n-1]; lanes past the end are dropped. */
static GPU_DEVICE void gpu_vector_store(real *to, int64_t i, int64_t n, GpuVector value) {
    if (i + GPU_VECTOR <= n) {
        *(GpuVector *)(to + i) = value;
        return;
    }
    for (int k = 0; k < GPU_VECTOR; k++)
        if (i + k < n) to[i + k] = value.lane[k];
}

/* The same into a gradient: adds to the old values, or overwrites. */
static GPU_DEVICE void gpu_vector_store_gradient(Gradient to, int64_t i, int64_t n,
                                                 GpuVector share) {
    if (to.accumulate) {
        const GpuVector old = gpu_vector_load(to.data, i, n);
        for (int k = 0; k < GPU_VECTOR; k++) share.lane[k] = old.lane[k] + share.lane[k];
    }
    gpu_vector_store(to.data, i, n, share);
}

#endif
