/* y = factor * x, element by element; factor is a constant.
 * dx = factor * dy. */
#include "autograd/scale.h"
#include "autograd/ops.h"
#include "autograd/probe.h"

static bool scale_shape(Node *node, Error *error) {
    (void)error;
    node->shape = node->inputs[0]->shape;
    return true;
}

static void scale_forward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real factor = ((const Scale *)node->attributes)->factor;
    const real *x = node->inputs[0]->value.data;
    real *y = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) y[i] = factor * x[i];
}

static void scale_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real factor = ((const Scale *)node->attributes)->factor;
    const real *dy = node->gradient.data;
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) gradient_store(dx, i, factor * dy[i]);
}

static Node *build(Node *const *in, const double *arguments) {
    return op_scale(in[0], (real)arguments[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = -1.75 * x[i];
}

static const ProbeCase scale_cases[] = {
    { "odd", { { { 3, 5, 7 } } }, { -1.75 }, .axes = { "abc" } },
    { "one", { { { 1 } } }, { -1.75 } },
    { 0 },
};

const Op scale_op = {
    .name = "scale",
    .differentiable = INPUT(0),
    .shape = scale_shape,
    .forward = KERNEL(scale_forward),
    .backward = KERNEL(scale_backward),
    .probe = { build, oracle, scale_cases },
};

Node *op_scale(Node *x, real factor) {
    const Scale attributes = { factor };
    return graph_append(&scale_op, (Node *[]){ x }, 1, &attributes, sizeof attributes);
}
