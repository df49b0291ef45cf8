/* y = channels first .. first + count - 1 of x.
 * dx = dy in those channels, 0 in the others. */
#include "autograd/slice_channels.h"
#include "autograd/ops.h"
#include "autograd/probe.h"

static bool slice_channels_shape(Node *node, Error *error) {
    const SliceChannels slice = *(const SliceChannels *)node->attributes;
    const Shape *x = &node->inputs[0]->shape;
    if (x->rank == 0 || slice.first < 0 || slice.count < 1 ||
        slice.first > shape_last(x) - slice.count)
        return error_set(error, "channels %lld to %lld do not lie in x", (long long)slice.first,
                         (long long)slice.first + (long long)slice.count - 1);
    node->shape = *x;
    node->shape.size[x->rank - 1] = slice.count;
    return true;
}

static void slice_channels_forward_cpu(Node *node) {
    const SliceChannels slice = *(const SliceChannels *)node->attributes;
    const int64_t rows = shape_rows(&node->shape), channels = shape_last(&node->inputs[0]->shape);
#pragma omp parallel for schedule(static) if (parallel_pays(rows * slice.count))
    for (int64_t row = 0; row < rows; row++) {
        const real *x = node->inputs[0]->value.data + row * channels + slice.first;
        real *restrict y = node->value.data + row * slice.count;
        for (int64_t c = 0; c < slice.count; c++) y[c] = x[c];
    }
}

static void slice_channels_backward_cpu(Node *node) {
    const SliceChannels slice = *(const SliceChannels *)node->attributes;
    const int64_t rows = shape_rows(&node->shape), channels = shape_last(&node->inputs[0]->shape);
    const Gradient gradient = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        const real *dy = node->gradient.data + row * slice.count;
        real *restrict dx = gradient.data + row * channels;
        for (int64_t c = 0; !gradient.accumulate && c < channels; c++) dx[c] = 0;
        for (int64_t c = 0; c < slice.count; c++) dx[slice.first + c] += dy[c];
    }
}

/* arguments: the first channel and how many; 0 are all. */
static Node *build(Node *const *in, const double *arguments) {
    const int64_t count = arguments[1] > 0 ? (int64_t)arguments[1] : shape_last(&in[0]->shape);
    return op_slice_channels(in[0], (int64_t)arguments[0], count);
}

static void oracle(const Node *node, double *y) {
    const SliceChannels slice = *(const SliceChannels *)node->attributes;
    const int64_t channels = shape_last(&node->inputs[0]->shape);
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        y[i] = (double)node->inputs[0]
                   ->value.data[i / slice.count * channels + slice.first + i % slice.count];
}

static const ProbeCase slice_channels_cases[] = {
    { "odd", { { { 2, 3, 5, 7 } } }, { 2, 3 }, .axes = { "nhw." } },
    { "to the end", { { { 11, 5 } } }, { 2, 3 } },
    { "at multiples of a vector", { { { 3, 16 } } }, { 4, 8 } },
    { "all of one", { { { 1 } } } },
    { 0 },
};

const Op slice_channels_op = {
    .name = "slice_channels",
    .differentiable = INPUT(0),
    .shape = slice_channels_shape,
    .forward = KERNEL(slice_channels_forward),
    .backward = KERNEL(slice_channels_backward),
    .probe = { build, oracle, slice_channels_cases },
};

Node *op_slice_channels(Node *x, int64_t first, int64_t count) {
    const SliceChannels attributes = { first, count };
    return graph_append(&slice_channels_op, (Node *[]){ x }, 1, &attributes, sizeof attributes);
}
