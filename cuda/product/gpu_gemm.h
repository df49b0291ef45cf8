/* gpu_gemm.h - matrix products on the GPU, for the GPU kernels of ops that multiply matrices: what
 * tensor/kernels/gemm.h is on the CPU. */
#ifndef CUDA_GPU_GEMM_H
#define CUDA_GPU_GEMM_H

#include "cuda/port/c_headers.h"

C_HEADERS_BEGIN
#include "tensor/real.h"
C_HEADERS_END

/* A row-major matrix in device memory; element (i, j) is data[i * stride + j], or
 * data[j * stride + i] when transposed is set. */
typedef struct GpuMatrix {
    const real *data;
    int64_t stride;
    bool transposed;
} GpuMatrix;

C_HEADERS_BEGIN

/* c[rows, columns] (= or, with accumulate, +=) left[rows, depth] right[depth, columns]
 * + bias[columns] (may be NULL). c does not overlap the others; without accumulate it is never
 * read. A depth of 0 is an empty sum. */
void gpu_gemm(int64_t rows, int64_t columns, int64_t depth, GpuMatrix left, GpuMatrix right,
              real *c, int64_t c_stride, bool accumulate, const real *bias);

/* The same, with factors that are never rounded to tf32: hyperbolic geometry amplifies the rounding
 * errors. */
void gpu_gemm_exact(int64_t rows, int64_t columns, int64_t depth, GpuMatrix left, GpuMatrix right,
                    real *c, int64_t c_stride, bool accumulate, const real *bias);

C_HEADERS_END

#endif
