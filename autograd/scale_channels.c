/* y = scale x, one factor for each channel, or one for all.
 * dx = scale dy, dscale = sum of x dy over the elements that have the factor. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/row_chunks.h"
#include "autograd/scale_channels.h"

static bool scale_channels_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape, *scale = &node->inputs[1]->shape;
    if (x->rank == 0 || scale->rank != 1 ||
        (scale->size[0] != shape_last(x) && scale->size[0] != 1))
        return error_set(error, "scale must have one element, or one for each channel of x, the "
                                "last size");
    node->shape = *x;
    const Shape rows = scale_channels_shape_of_rows(x, scale);
    node_save(node, column_sums_room(&rows));
    node_save(node, *scale);
    return true;
}

static void scale_channels_forward_cpu(Node *node) {
    const Shape shape = scale_channels_shape_of_rows(&node->shape, &node->inputs[1]->shape);
    const int64_t channels = shape.size[1], rows = shape.size[0];
    const real *scale = node->inputs[1]->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        const real *x = node->inputs[0]->value.data + row * channels;
        real *restrict y = node->value.data + row * channels;
        for (int64_t c = 0; c < channels; c++) y[c] = scale[c] * x[c];
    }
}

static void scale_channels_backward_cpu(Node *node) {
    const Shape shape = scale_channels_shape_of_rows(&node->shape, &node->inputs[1]->shape);
    const RowChunks split = row_chunks(&shape);
    const int64_t channels = split.channels, rows = shape.size[0];
    const real *dy = node->gradient.data, *x = node->inputs[0]->value.data;
    const Gradient dx = node->input_gradients[0], dscale = node->input_gradients[1];
    if (dx.data) {
        const real *scale = node->inputs[1]->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
        for (int64_t row = 0; row < rows; row++)
            for (int64_t c = 0; c < channels; c++)
                gradient_store(dx, row * channels + c, scale[c] * dy[row * channels + c]);
    }
    if (dscale.data) {
        column_sums(&split, dy, x, node->saved[0].data, node->saved[1].data);
        for (int64_t c = 0; c < channels; c++) gradient_store(dscale, c, node->saved[1].data[c]);
    }
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_scale_channels(in[0], in[1]);
}

static void oracle(const Node *node, double *y) {
    const int64_t factors = shape_elements(&node->inputs[1]->shape);
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        y[i] = (double)node->inputs[0]->value.data[i] *
               (double)node->inputs[1]->value.data[i % factors];
}

static const ProbeCase scale_channels_cases[] = {
    { "odd", { { { 2, 3, 5, 7 } }, { { 7 } } }, .axes = { "nhwc", "c" } },
    { "several chunks", { { { 700, 3 } }, { { 3 } } } },
    { "wide", { { { 3, 131 } }, { { 131 } } } },
    { "one factor", { { { 5, 3, 7 } }, { { 1 } } }, .axes = { "nhc", "." } },
    { "one element", { { { 1 } }, { { 1 } } } },
    { 0 },
};

const Op scale_channels_op = {
    .name = "scale_channels",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = scale_channels_shape,
    .forward = KERNEL(scale_channels_forward),
    .backward = KERNEL(scale_channels_backward),
    .probe = { build, oracle, scale_channels_cases },
};

Node *op_scale_channels(Node *x, Node *scale) {
    return graph_append(&scale_channels_op, (Node *[]){ x, scale }, 2, NULL, 0);
}
