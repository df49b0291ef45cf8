/* y = mean of all n elements of x: a scalar.
 * dx = dy / n everywhere. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/reduce.h"

static bool mean_shape(Node *node, Error *error) {
    node->shape = shape_0();
    return shape_elements(&node->inputs[0]->shape) > 0 ||
           error_set(error, "the mean of no elements");
}

static void mean_forward_cpu(Node *node) {
    const Node *x = node->inputs[0];
    const int64_t n = shape_elements(&x->shape);
    node->value.data[0] = reduce_sum(x->value.data, n) / (real)n;
}

static void mean_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->inputs[0]->shape);
    const real share = node->gradient.data[0] / (real)n;
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) gradient_store(dx, i, share);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_mean(in[0]);
}

static void oracle(const Node *node, double *y) {
    const Node *x = node->inputs[0];
    const int64_t n = shape_elements(&x->shape);
    y[0] = 0;
    for (int64_t i = 0; i < n; i++) y[0] += (double)x->value.data[i] / (double)n;
}

static const ProbeCase mean_cases[] = {
    { "odd", { { { 3, 5, 7 } } }, .axes = { "abc" } },
    { "one", { { { 1 } } } },
    { "more than one chunk", { { { 5000 } } } },
    { 0 },
};

const Op mean_op = {
    .name = "mean",
    .differentiable = INPUT(0),
    .shape = mean_shape,
    .forward = KERNEL(mean_forward),
    .backward = KERNEL(mean_backward),
    .probe = { build, oracle, mean_cases },
};

Node *op_mean(Node *x) {
    return graph_append(&mean_op, (Node *[]){ x }, 1, NULL, 0);
}
