/* y_c = mean of channel c over all n rows.
 * dx = dy_c / n. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/row_chunks.h"

static bool mean_rows_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape;
    if (x->rank == 0 || shape_elements(x) == 0)
        return error_set(error, "x must be [..., C] and not empty");
    node->shape = shape_1(shape_last(x));
    node_save(node, column_sums_room(x));
    return true;
}

static void mean_rows_forward_cpu(Node *node) {
    const Node *x = node->inputs[0];
    const RowChunks split = row_chunks(&x->shape);
    const int64_t rows = shape_rows(&x->shape);
    column_sums(&split, x->value.data, NULL, node->saved[0].data, node->value.data);
    for (int64_t c = 0; c < split.channels; c++) node->value.data[c] /= (real)rows;
}

static void mean_rows_backward_cpu(Node *node) {
    const int64_t rows = shape_rows(&node->inputs[0]->shape), channels = node->shape.size[0];
    const real *dy = node->gradient.data;
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++)
        for (int64_t c = 0; c < channels; c++)
            gradient_store(dx, row * channels + c, dy[c] / (real)rows);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_mean_rows(in[0]);
}

static void oracle(const Node *node, double *y) {
    const Node *x = node->inputs[0];
    const int64_t channels = node->shape.size[0], rows = shape_rows(&x->shape);
    for (int64_t c = 0; c < channels; c++) y[c] = 0;
    for (int64_t i = 0; i < rows * channels; i++)
        y[i % channels] += (double)x->value.data[i] / (double)rows;
}

static const ProbeCase mean_rows_cases[] = {
    { "odd", { { { 2, 3, 5, 7 } } }, .axes = { "nhwc" } },
    { "several chunks", { { { 700, 3 } } } },
    { "wide", { { { 20, 131 } } } },
    { "one row", { { { 5 } } } },
    { 0 },
};

const Op mean_rows_op = {
    .name = "mean_rows",
    .differentiable = INPUT(0),
    .shape = mean_rows_shape,
    .forward = KERNEL(mean_rows_forward),
    .backward = KERNEL(mean_rows_backward),
    .probe = { build, oracle, mean_rows_cases },
};

Node *op_mean_rows(Node *x) {
    return graph_append(&mean_rows_op, (Node *[]){ x }, 1, NULL, 0);
}
