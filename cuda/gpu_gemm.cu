/* Matrix products: one thread computes one element, straight from the definition. */
#include "cuda/gpu_gemm.h"

typedef struct GemmArguments {
    int64_t rows, columns, depth;
    GpuMatrix left, right;
    real *c;
    int64_t c_stride;
    bool accumulate;
    const real *bias;
} GemmArguments;

enum { GEMM_THREADS = 128 };

GPU_KERNEL(gemm_elements, GEMM_THREADS, GemmArguments) {
    const int64_t at = (int64_t)gpu_block() * GEMM_THREADS + gpu_thread();
    const int64_t row = at / a->columns, column = at % a->columns;
    if (row >= a->rows) return;
    const int64_t left_step = a->left.transposed ? a->left.stride : 1;
    const int64_t right_step = a->right.transposed ? 1 : a->right.stride;
    const real *left = a->left.data + row * (a->left.transposed ? 1 : a->left.stride);
    const real *right = a->right.data + column * (a->right.transposed ? a->right.stride : 1);
    real sum = 0;
    for (int64_t k = 0; k < a->depth; k++) sum += left[k * left_step] * right[k * right_step];
    if (a->bias) sum += a->bias[column];
    real *to = a->c + row * a->c_stride + column;
    *to = a->accumulate ? *to + sum : sum;
}

void gpu_gemm(int64_t rows, int64_t columns, int64_t depth, GpuMatrix left, GpuMatrix right,
              real *c, int64_t c_stride, bool accumulate, const real *bias) {
    const GemmArguments arguments = { rows, columns,  depth,      left, right,
                                      c,    c_stride, accumulate, bias };
    gpu_launch(&gemm_elements, gpu_divide_up(rows * columns, GEMM_THREADS), &arguments);
}
