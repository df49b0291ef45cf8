/* y = 1 / (1 + exp(-x)), element by element.
 * dx = y (1 - y) dy: the output alone is enough. */
#include "autograd/ops.h"
#include "autograd/pointwise_loops.h"
#include "autograd/probe.h"

static void sigmoid_forward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_unary(node, sigmoid_value);
}

static void sigmoid_backward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_unary_backward(node, node->value.data, sigmoid_gradient);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_sigmoid(in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = 1 / (1 + exp(-(double)x[i]));
}

static const ProbeCase sigmoid_cases[] = {
    { "odd", { { { 3, 5, 7 }, -3, 3 } }, .axes = { "abc" } },
    { "one", { { { 1 }, -3, 3 } } },
    { 0 },
};

const Op sigmoid_op = {
    .name = "sigmoid",
    .differentiable = INPUT(0),
    .backward_reads = OUTPUT,
    .shape = pointwise_shape,
    .forward = KERNEL(sigmoid_forward),
    .backward = KERNEL(sigmoid_backward),
    .probe = { build, oracle, sigmoid_cases },
};

Node *op_sigmoid(Node *x) {
    return graph_append(&sigmoid_op, (Node *[]){ x }, 1, NULL, 0);
}
