/* gemm_matrix.h - plain matrices as operands of a product (gemm.h). */
#ifndef TENSOR_GEMM_MATRIX_H
#define TENSOR_GEMM_MATRIX_H

#include "tensor/kernels/gemm_panel.h"

/* A row-major matrix in memory; element (i, j) is data[i * stride + j], or data[j * stride + i]
 * when transposed is set. */
typedef struct GemmMatrix {
    const real *data;
    int64_t stride;
    bool transposed;
} GemmMatrix;

static inline GemmMatrix gemm_matrix(const real *data, int64_t stride) {
    return (GemmMatrix){ data, stride, false };
}

static inline GemmMatrix gemm_transposed(const real *data, int64_t stride) {
    return (GemmMatrix){ data, stride, true };
}

/* A row-major matrix that is written. */
typedef struct GemmOutput {
    real *data;
    int64_t stride;
} GemmOutput;

/* The parts of a Gemm that are plain matrices; the structs must outlive the call of gemm_run. */
GemmLeft gemm_left(const GemmMatrix *matrix);
GemmRight gemm_right(const GemmMatrix *matrix);
GemmResult gemm_result(const GemmOutput *output);

#endif
