/* y = tanh(x), element by element. (The C library has the name tanh.)
 * dx = (1 - y^2) dy: the output alone is enough. */
#include "autograd/ops.h"
#include "autograd/pointwise_loops.h"
#include "autograd/probe.h"

static void hyperbolic_tangent_forward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_unary(node, hyperbolic_tangent_value);
}

static void hyperbolic_tangent_backward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_unary_backward(node, node->value.data, hyperbolic_tangent_gradient);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_hyperbolic_tangent(in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = tanh((double)x[i]);
}

static const ProbeCase hyperbolic_tangent_cases[] = {
    { "odd", { { { 3, 5, 7 }, -3, 3 } }, .axes = { "abc" } },
    { "one", { { { 1 }, -3, 3 } } },
    { 0 },
};

const Op hyperbolic_tangent_op = {
    .name = "hyperbolic_tangent",
    .differentiable = INPUT(0),
    .backward_reads = OUTPUT,
    .shape = pointwise_shape,
    .forward = KERNEL(hyperbolic_tangent_forward),
    .backward = KERNEL(hyperbolic_tangent_backward),
    .probe = { build, oracle, hyperbolic_tangent_cases },
};

Node *op_hyperbolic_tangent(Node *x) {
    return graph_append(&hyperbolic_tangent_op, (Node *[]){ x }, 1, NULL, 0);
}
