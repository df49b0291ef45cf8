/* y = x^2, element by element.
 * dx = 2 x dy. */
#include "autograd/ops.h"
#include "autograd/pointwise_loops.h"
#include "autograd/probe.h"

static void square_forward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_unary(node, square_value);
}

static void square_backward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_unary_backward(node, node->inputs[0]->value.data, square_gradient);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_square(in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = (double)x[i] * (double)x[i];
}

static const ProbeCase square_cases[] = {
    { "odd", { { { 3, 5, 7 }, -3, 3 } }, .axes = { "abc" } },
    { "one", { { { 1 }, -3, 3 } } },
    { 0 },
};

const Op square_op = {
    .name = "square",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(0),
    .shape = pointwise_shape,
    .forward = KERNEL(square_forward),
    .backward = KERNEL(square_backward),
    .probe = { build, oracle, square_cases },
};

Node *op_square(Node *x) {
    return graph_append(&square_op, (Node *[]){ x }, 1, NULL, 0);
}
