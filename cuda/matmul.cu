/* The GPU kernels of autograd/matmul.c. */
#include "cuda/port/gpu.h"
#include "cuda/product/gpu_gemm.h"

static GpuMatrix matrix(const real *data, int64_t stride, bool transposed) {
    const GpuMatrix matrix = { data, stride, transposed };
    return matrix;
}

GPU_OP(matmul_forward) {
    const Node *a = node->inputs[0], *b = node->inputs[1];
    const int64_t m = node->shape.size[0], n = node->shape.size[1], k = a->shape.size[1];
    gpu_gemm(m, n, k, matrix(a->value.data, k, false), matrix(b->value.data, n, false),
             node->value.data, n, false, NULL);
}

GPU_OP(matmul_backward) {
    const Node *a = node->inputs[0], *b = node->inputs[1];
    const int64_t m = node->shape.size[0], n = node->shape.size[1], k = a->shape.size[1];
    const real *dy = node->gradient.data;
    const Gradient da = node->input_gradients[0], db = node->input_gradients[1];
    if (da.data)
        gpu_gemm(m, k, n, matrix(dy, n, false), matrix(b->value.data, n, true), da.data, k,
                 da.accumulate, NULL);
    if (db.data)
        gpu_gemm(k, n, m, matrix(a->value.data, k, true), matrix(dy, n, false), db.data, n,
                 db.accumulate, NULL);
}
