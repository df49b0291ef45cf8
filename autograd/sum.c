/* y = sum of all elements of x: a scalar.
 * dx = dy everywhere. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/reduce.h"

static bool sum_shape(Node *node, Error *error) {
    (void)error;
    node->shape = shape_0();
    return true;
}

static void sum_forward_cpu(Node *node) {
    const Node *x = node->inputs[0];
    node->value.data[0] = reduce_sum(x->value.data, shape_elements(&x->shape));
}

static void sum_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->inputs[0]->shape);
    const real dy = node->gradient.data[0];
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) gradient_store(dx, i, dy);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_sum(in[0]);
}

static void oracle(const Node *node, double *y) {
    const Node *x = node->inputs[0];
    y[0] = 0;
    for (int64_t i = 0; i < shape_elements(&x->shape); i++) y[0] += x->value.data[i];
}

static const ProbeCase sum_cases[] = {
    { "odd", { { { 3, 5, 7 } } }, .axes = { "abc" } },
    { "one", { { { 1 } } } },
    { "more than one chunk", { { { 5000 } } } },
    { 0 },
};

const Op sum_op = {
    .name = "sum",
    .differentiable = INPUT(0),
    .shape = sum_shape,
    .forward = KERNEL(sum_forward),
    .backward = KERNEL(sum_backward),
    .probe = { build, oracle, sum_cases },
};

Node *op_sum(Node *x) {
    return graph_append(&sum_op, (Node *[]){ x }, 1, NULL, 0);
}
