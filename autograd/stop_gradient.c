/* y = x, and no gradient flows back. */
#include "autograd/ops.h"
#include "autograd/probe.h"

static bool stop_gradient_shape(Node *node, Error *error) {
    (void)error;
    node->shape = node->inputs[0]->shape;
    return true;
}

static void stop_gradient_forward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *x = node->inputs[0]->value.data;
    real *y = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) y[i] = x[i];
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_stop_gradient(in[0]);
}

static void oracle(const Node *node, double *y) {
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        y[i] = (double)node->inputs[0]->value.data[i];
}

static const ProbeCase stop_gradient_cases[] = {
    { "odd", { { { 3, 5, 7 } } }, .axes = { "abc" } },
    { 0 },
};

const Op stop_gradient_op = {
    .name = "stop_gradient",
    .shape = stop_gradient_shape,
    .forward = KERNEL(stop_gradient_forward),
    .probe = { build, oracle, stop_gradient_cases },
};

Node *op_stop_gradient(Node *x) {
    return graph_append(&stop_gradient_op, (Node *[]){ x }, 1, NULL, 0);
}
