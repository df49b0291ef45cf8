/* y = a b, the matrix product.
 * da = dy b^T, db = a^T dy. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "tensor/kernels/gemm.h"

static bool matmul_shape(Node *node, Error *error) {
    const Shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    if (a->rank != 2 || b->rank != 2 || a->size[1] != b->size[0])
        return error_set(error, "a must be [M,K] and b [K,N]");
    node->shape = shape_2(a->size[0], b->size[1]);
    return true;
}

static void matmul_forward_cpu(Node *node) {
    const Node *a = node->inputs[0], *b = node->inputs[1];
    const int64_t m = node->shape.size[0], n = node->shape.size[1], k = a->shape.size[1];
    gemm(m, n, k, gemm_matrix(a->value.data, k), gemm_matrix(b->value.data, n), node->value.data, n,
         false, NULL);
}

static void matmul_backward_cpu(Node *node) {
    const Node *a = node->inputs[0], *b = node->inputs[1];
    const int64_t m = node->shape.size[0], n = node->shape.size[1], k = a->shape.size[1];
    const real *dy = node->gradient.data;
    const Gradient da = node->input_gradients[0], db = node->input_gradients[1];
    if (da.data)
        gemm(m, k, n, gemm_matrix(dy, n), gemm_transposed(b->value.data, n), da.data, k,
             da.accumulate, NULL);
    if (db.data)
        gemm(k, n, m, gemm_transposed(a->value.data, k), gemm_matrix(dy, n), db.data, n,
             db.accumulate, NULL);
}

static int64_t matmul_multiply_adds(const Node *node) {
    return shape_elements(&node->shape) * node->inputs[0]->shape.size[1];
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_matmul(in[0], in[1]);
}

static void oracle(const Node *node, double *y) {
    const int64_t n = node->shape.size[1], depth = node->inputs[0]->shape.size[1];
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        y[i] = 0;
        for (int64_t k = 0; k < depth; k++) y[i] += (double)a[i / n * depth + k] * b[k * n + i % n];
    }
}

static const ProbeCase matmul_cases[] = {
    { "odd", { { { 7, 5 } }, { { 5, 3 } } }, .axes = { "mk", "kn" } },
    { "more than one tile", { { { 15, 19 } }, { { 19, 37 } } } },
    { "whole vectors", { { { 4, 8 } }, { { 8, 12 } } } },
    { "inner product", { { { 1, 41 } }, { { 41, 1 } } } },
    { "outer product", { { { 13, 1 } }, { { 1, 17 } } } },
    { 0 },
};

const Op matmul_op = {
    .name = "matmul",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = matmul_shape,
    .forward = KERNEL(matmul_forward),
    .backward = KERNEL(matmul_backward),
    .probe = { build, oracle, matmul_cases },
    .multiply_adds = matmul_multiply_adds,
};

Node *op_matmul(Node *a, Node *b) {
    return graph_append(&matmul_op, (Node *[]){ a, b }, 2, NULL, 0);
}
