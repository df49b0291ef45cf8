/* y = x + bias, the same bias for every row.
 * dx = dy, dbias = sum of dy over the rows. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/row_chunks.h"

static bool add_bias_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape, *bias = &node->inputs[1]->shape;
    if (x->rank == 0 || bias->rank != 1 || bias->size[0] != shape_last(x))
        return error_set(error, "bias must have one element for each channel of x, the last size");
    node->shape = *x;
    node_save(node, column_sums_room(x));
    node_save(node, *bias);
    return true;
}

static void add_bias_forward_cpu(Node *node) {
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real *bias = node->inputs[1]->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        const real *x = node->inputs[0]->value.data + row * channels;
        real *restrict y = node->value.data + row * channels;
        for (int64_t c = 0; c < channels; c++) y[c] = x[c] + bias[c];
    }
}

static void add_bias_backward_cpu(Node *node) {
    const RowChunks split = row_chunks(&node->shape);
    const int64_t channels = split.channels, rows = shape_rows(&node->shape);
    const real *dy = node->gradient.data;
    const Gradient dx = node->input_gradients[0], dbias = node->input_gradients[1];
    if (dx.data) {
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
        for (int64_t row = 0; row < rows; row++)
            for (int64_t c = 0; c < channels; c++)
                gradient_store(dx, row * channels + c, dy[row * channels + c]);
    }
    if (dbias.data) {
        column_sums(&split, dy, NULL, node->saved[0].data, node->saved[1].data);
        for (int64_t c = 0; c < channels; c++) gradient_store(dbias, c, node->saved[1].data[c]);
    }
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_add_bias(in[0], in[1]);
}

static void oracle(const Node *node, double *y) {
    const int64_t channels = shape_last(&node->shape);
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        y[i] = (double)node->inputs[0]->value.data[i] +
               (double)node->inputs[1]->value.data[i % channels];
}

static const ProbeCase add_bias_cases[] = {
    { "odd", { { { 2, 3, 5, 7 } }, { { 7 } } }, .axes = { "nhwc", "c" } },
    { "several chunks", { { { 700, 3 } }, { { 3 } } } },
    { "wide", { { { 3, 131 } }, { { 131 } } } },
    { "one element", { { { 1 } }, { { 1 } } } },
    { 0 },
};

const Op add_bias_op = {
    .name = "add_bias",
    .differentiable = INPUT(0) | INPUT(1),
    .shape = add_bias_shape,
    .forward = KERNEL(add_bias_forward),
    .backward = KERNEL(add_bias_backward),
    .probe = { build, oracle, add_bias_cases },
};

Node *op_add_bias(Node *x, Node *bias) {
    return graph_append(&add_bias_op, (Node *[]){ x, bias }, 2, NULL, 0);
}
