/* y = a - b, element by element; a and b of one shape.
 * da = dy, db = -dy. */
#include "autograd/ops.h"
#include "autograd/pointwise_loops.h"
#include "autograd/probe.h"

static void subtract_forward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_binary(node, subtract_value);
}

static void subtract_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *dy = node->gradient.data;
#pragma omp parallel if (pointwise_pays(node))
    {
        pointwise_scaled(n, 1, dy, node->input_gradients[0]);
        pointwise_scaled(n, -1, dy, node->input_gradients[1]);
    }
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_subtract(in[0], in[1] ? in[1] : in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data, *z = node->inputs[1]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        const double a = (double)x[i], b = (double)z[i];
        y[i] = a - b;
    }
}

static const ProbeCase subtract_cases[] = {
    { "odd", { { { 2, 5, 3 } }, { { 2, 5, 3 } } }, .axes = { "abc", "abc" } },
    { "one element", { { { 1 } }, { { 1 } } } },
    { "with itself", { { { 7 } } } },
    { 0 },
};

const Op subtract_op = {
    .name = "subtract",
    .differentiable = INPUT(0) | INPUT(1),
    .shape = pointwise_shape,
    .forward = KERNEL(subtract_forward),
    .backward = KERNEL(subtract_backward),
    .probe = { build, oracle, subtract_cases },
};

Node *op_subtract(Node *a, Node *b) {
    return graph_append(&subtract_op, (Node *[]){ a, b }, 2, NULL, 0);
}
