/* y = a b, element by element; a and b of one shape.
 * da = b dy, db = a dy. */
#include "autograd/ops.h"
#include "autograd/pointwise_loops.h"
#include "autograd/probe.h"

static void multiply_forward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_binary(node, multiply_value);
}

static void multiply_backward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_binary_backward(node, multiply_gradient);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_multiply(in[0], in[1] ? in[1] : in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data, *z = node->inputs[1]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        const double a = (double)x[i], b = (double)z[i];
        y[i] = a * b;
    }
}

static const ProbeCase multiply_cases[] = {
    { "odd", { { { 2, 5, 3 } }, { { 2, 5, 3 } } }, .axes = { "abc", "abc" } },
    { "one element", { { { 1 } }, { { 1 } } } },
    { "with itself", { { { 7 } } } },
    { 0 },
};

const Op multiply_op = {
    .name = "multiply",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = pointwise_shape,
    .forward = KERNEL(multiply_forward),
    .backward = KERNEL(multiply_backward),
    .probe = { build, oracle, multiply_cases },
};

Node *op_multiply(Node *a, Node *b) {
    return graph_append(&multiply_op, (Node *[]){ a, b }, 2, NULL, 0);
}
