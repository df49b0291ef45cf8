/* y = factor * x, element by element; factor is a constant.
 * dx = factor * dy. */
#include "autograd/scale.h"
#include "autograd/ops.h"
#include "autograd/pointwise_loops.h"
#include "autograd/probe.h"

static void scale_forward_cpu(Node *node) {
    const real factor = ((const Scale *)node->attributes)->factor;
    const Gradient y = { node->value.data, false };
#pragma omp parallel if (pointwise_pays(node))
    pointwise_scaled(shape_elements(&node->shape), factor, node->inputs[0]->value.data, y);
}

static void scale_backward_cpu(Node *node) {
    const real factor = ((const Scale *)node->attributes)->factor;
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel if (pointwise_pays(node))
    pointwise_scaled(shape_elements(&node->shape), factor, node->gradient.data, dx);
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
    .shape = pointwise_shape,
    .forward = KERNEL(scale_forward),
    .backward = KERNEL(scale_backward),
    .probe = { build, oracle, scale_cases },
};

Node *op_scale(Node *x, real factor) {
    const Scale attributes = { factor };
    return graph_append(&scale_op, (Node *[]){ x }, 1, &attributes, sizeof attributes);
}
