/* y = max(x, 0), element by element.
 * dx = dy where y > 0, else 0: the output alone is enough, so the input may be freed. */
#include "autograd/ops.h"
#include "autograd/pointwise_loops.h"
#include "autograd/probe.h"

static void relu_forward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_unary(node, relu_value);
}

static void relu_backward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_unary_backward(node, node->value.data, relu_gradient);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_relu(in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = x[i] > 0 ? x[i] : 0;
}

static const ProbeCase relu_cases[] = {
    { "odd", { { { 3, 5, 7 }, .fill = PROBE_CLEAR } }, .axes = { "abc" } },
    { "one", { { { 1 }, 0.5, 1 } } },
    { 0 },
};

const Op relu_op = {
    .name = "relu",
    .differentiable = INPUT(0),
    .backward_reads = OUTPUT,
    .shape = pointwise_shape,
    .forward = KERNEL(relu_forward),
    .backward = KERNEL(relu_backward),
    .probe = { build, oracle, relu_cases },
};

Node *op_relu(Node *x) {
    return graph_append(&relu_op, (Node *[]){ x }, 1, NULL, 0);
}
