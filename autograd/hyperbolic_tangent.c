/* y = tanh(x), element by element. (The C library has the name tanh.)
 * dx = (1 - y^2) dy: the output alone is enough. */
#include "autograd/ops.h"
#include "autograd/pointwise.h"
#include "autograd/probe.h"

static bool hyperbolic_tangent_shape(Node *node, Error *error) {
    (void)error;
    node->shape = node->inputs[0]->shape;
    return true;
}

static void hyperbolic_tangent_forward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *x = node->inputs[0]->value.data;
    real *y = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) y[i] = tanh(x[i]);
}

static void hyperbolic_tangent_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *y = node->value.data, *dy = node->gradient.data;
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++)
        gradient_store(dx, i, hyperbolic_tangent_gradient(y[i]) * dy[i]);
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
    .shape = hyperbolic_tangent_shape,
    .forward = KERNEL(hyperbolic_tangent_forward),
    .backward = KERNEL(hyperbolic_tangent_backward),
    .probe = { build, oracle, hyperbolic_tangent_cases },
};

Node *op_hyperbolic_tangent(Node *x) {
    return graph_append(&hyperbolic_tangent_op, (Node *[]){ x }, 1, NULL, 0);
}
