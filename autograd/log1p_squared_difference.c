/* y = log(1 + (a - b)^2), element by element; a and b of one shape.
 * da = 2 (a - b) / (1 + (a - b)^2) dy, db = -da: never larger than dy, however far apart a
 * and b are. */
#include "autograd/ops.h"
#include "autograd/pointwise_loops.h"
#include "autograd/probe.h"

static void log1p_squared_difference_forward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_binary(node, log1p_squared_difference_value);
}

static void log1p_squared_difference_backward_cpu(Node *node) {
#pragma omp parallel if (pointwise_pays(node))
    pointwise_binary_backward(node, log1p_squared_difference_gradient);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_log1p_squared_difference(in[0], in[1] ? in[1] : in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data, *z = node->inputs[1]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        const double a = (double)x[i], b = (double)z[i];
        y[i] = log1p((a - b) * (a - b));
    }
}

static const ProbeCase log1p_squared_difference_cases[] = {
    { "odd", { { { 2, 5, 3 } }, { { 2, 5, 3 } } }, .axes = { "abc", "abc" } },
    { "one element", { { { 1 } }, { { 1 } } } },
    { "with itself", { { { 7 } } } },
    { 0 },
};

const Op log1p_squared_difference_op = {
    .name = "log1p_squared_difference",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = pointwise_shape,
    .forward = KERNEL(log1p_squared_difference_forward),
    .backward = KERNEL(log1p_squared_difference_backward),
    .probe = { build, oracle, log1p_squared_difference_cases },
};

Node *op_log1p_squared_difference(Node *a, Node *b) {
    return graph_append(&log1p_squared_difference_op, (Node *[]){ a, b }, 2, NULL, 0);
}
