/* y = x weight^T + bias, for every row of x.
 * dx = dy weight, dweight = dy^T x, dbias = sum of dy over the rows.
 * That is a 1x1 convolution of an image whose pixels are the rows, and runs as one. */
#include "autograd/linear.h"
#include "autograd/conv2d/conv2d.h"
#include "autograd/ops.h"
#include "autograd/probe.h"

static bool linear_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape, *weight = &node->inputs[1]->shape;
    if (weight->rank != 2) return error_set(error, "weight must be [out,in]");
    if (x->rank < 1 || shape_last(x) != weight->size[1])
        return error_set(error, "x must be [...,%lld], as weight is [out,in]",
                         (long long)weight->size[1]);
    if (node->input_count == 3 &&
        (node->inputs[2]->shape.rank != 1 || node->inputs[2]->shape.size[0] != weight->size[0]))
        return error_set(error, "bias must be [%lld], one for each output",
                         (long long)weight->size[0]);
    node->shape = *x;
    node->shape.size[x->rank - 1] = weight->size[0];
    return true;
}

static void linear_forward_cpu(Node *node) {
    const Conv2dShape shape = linear_as_conv2d(node);
    conv2d_node_forward(node, &shape);
}

static void linear_backward_cpu(Node *node) {
    const Conv2dShape shape = linear_as_conv2d(node);
    conv2d_node_backward(node, &shape);
}

static int64_t linear_multiply_adds(const Node *node) {
    const Conv2dShape shape = linear_as_conv2d(node);
    return conv2d_multiply_adds(&shape);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_linear(in[0], in[1], in[2]);
}

static void oracle(const Node *node, double *y) {
    const int64_t in = node->inputs[1]->shape.size[1], out = node->inputs[1]->shape.size[0];
    const real *x = node->inputs[0]->value.data, *weight = node->inputs[1]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        const int64_t row = i / out, o = i % out;
        y[i] = node->input_count == 3 ? node->inputs[2]->value.data[o] : 0;
        for (int64_t k = 0; k < in; k++) y[i] += (double)x[row * in + k] * weight[o * in + k];
    }
}

static const ProbeCase linear_cases[] = {
    { "rows", { { { 5, 7 } }, { { 3, 7 } }, { { 3 } } }, .axes = { "ni", "oi", "o" } },
    { "pixels, no bias", { { { 2, 3, 5, 19 } }, { { 33, 19 } } } },
    { "one vector", { { { 37 } }, { { 5, 37 } }, { { 5 } } } },
    { "whole vectors", { { { 6, 8 } }, { { 12, 8 } }, { { 12 } } } },
    { "one number", { { { 1, 1 } }, { { 1, 1 } } } },
    { 0 },
};

const Op linear_op = {
    .name = "linear",
    .differentiable = ALL_INPUTS,
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = linear_shape,
    .forward = KERNEL(linear_forward),
    .backward = KERNEL(linear_backward),
    .probe = { build, oracle, linear_cases },
    .multiply_adds = linear_multiply_adds,
};

Node *op_linear(Node *x, Node *weight, Node *bias) {
    return graph_append(&linear_op, (Node *[]){ x, weight, bias }, bias ? 3 : 2, NULL, 0);
}
