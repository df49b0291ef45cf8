/* y = 1 / (1 + exp(-x)), element by element.
 * dx = y (1 - y) dy: the output alone is enough. */
#include "autograd/ops.h"
#include "autograd/pointwise.h"
#include "autograd/probe.h"

static bool sigmoid_shape(Node *node, Error *error) {
    (void)error;
    node->shape = node->inputs[0]->shape;
    return true;
}

static void sigmoid_forward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *x = node->inputs[0]->value.data;
    real *y = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) y[i] = sigmoid_value(x[i]);
}

static void sigmoid_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *y = node->value.data, *dy = node->gradient.data;
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) gradient_store(dx, i, sigmoid_gradient(y[i]) * dy[i]);
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
    .shape = sigmoid_shape,
    .forward = KERNEL(sigmoid_forward),
    .backward = KERNEL(sigmoid_backward),
    .probe = { build, oracle, sigmoid_cases },
};

Node *op_sigmoid(Node *x) {
    return graph_append(&sigmoid_op, (Node *[]){ x }, 1, NULL, 0);
}
