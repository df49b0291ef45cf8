/* y[row][j] = x[row][index_j].
 * dx[row][c] = sum of dy[row][j] over the j with index_j = c: an index may come more than once. */
#include "autograd/channel_gather.h"
#include "autograd/probe.h"
#include "tensor/kernels/vector.h"
#include "tensor/workspace.h"

static bool channel_gather_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    if (x->rank == 0 || indices->rank != 1)
        return error_set(error, "x must be [..., C], and the indices [k]");
    node->shape = *x;
    node->shape.size[x->rank - 1] = indices->size[0];
    return true;
}

/* The indices as integers, all checked to be channels of x; all threads may read them. */
static const int *checked_indices(const Node *node) {
    const Node *indices = node->inputs[1];
    const int64_t count = shape_elements(&indices->shape);
    const int64_t channels = shape_last(&node->inputs[0]->shape);
    int *checked = (int *)workspace_reals(WORKSPACE_ROW, count);
    for (int64_t i = 0; i < count; i++) {
        const real index = indices->value.data[i];
        PROMISE(index >= 0 && index < (real)channels && index == floor(index),
                "%s: index %g; expected 0..%lld", node->op->name, (double)index,
                (long long)channels - 1);
        checked[i] = (int)index;
    }
    return checked;
}

/* The number of rows that use one set of indices. */
static int64_t rows_of_set(const Node *node) {
    const Shape *indices = &node->inputs[1]->shape;
    const int64_t sets = indices->rank == 1 ? 1 : indices->size[0];
    return sets ? shape_rows(&node->shape) / sets : 0;
}

void channel_gather_forward_cpu(Node *node) {
    const int64_t channels = shape_last(&node->inputs[0]->shape), count = shape_last(&node->shape);
    const int64_t rows = shape_rows(&node->shape), alike = rows_of_set(node);
    const int *indices = checked_indices(node);
#pragma omp parallel for schedule(static) if (parallel_pays(rows * count))
    for (int64_t row = 0; row < rows; row++) {
        const real *x = node->inputs[0]->value.data + row * channels;
        const int *index = indices + row / alike * count;
        real *restrict y = node->value.data + row * count;
        for (int64_t j = 0; j < count; j++) y[j] = x[index[j]];
    }
}

void channel_gather_backward_cpu(Node *node) {
    const int64_t channels = shape_last(&node->inputs[0]->shape), count = shape_last(&node->shape);
    const int64_t rows = shape_rows(&node->shape), alike = rows_of_set(node);
    const int *indices = checked_indices(node);
    const Gradient gradient = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        const real *dy = node->gradient.data + row * count;
        const int *index = indices + row / alike * count;
        real *restrict dx = gradient.data + row * channels;
        if (!gradient.accumulate) vector_clear(dx, channels);
        for (int64_t j = 0; j < count; j++) dx[index[j]] += dy[j];
    }
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_channel_gather(in[0], in[1]);
}

void channel_gather_oracle(const Node *node, double *y) {
    const Shape *x = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    const int64_t channels = shape_last(x), count = shape_last(indices);
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        const int64_t sample = i / (shape_elements(&node->shape) / x->size[0]);
        const int64_t at = indices->rank == 2 ? sample * count + i % count : i % count;
        y[i] = (double)node->inputs[0]
                   ->value.data[i / count * channels + (int64_t)node->inputs[1]->value.data[at]];
    }
}

static const ProbeCase channel_gather_cases[] = {
    { "odd", { { { 2, 3, 5, 7 } }, { { 4 }, 0, 6, PROBE_INTEGER } }, .axes = { "nhwc", "k" } },
    { "repeated", { { { 5, 3 } }, { { 11 }, 0, 2, PROBE_INTEGER } } },
    { "channels in whole vectors", { { { 2, 3, 8 } }, { { 12 }, 0, 7, PROBE_INTEGER } } },
    { "one", { { { 1 } }, { { 1 }, 0, 0, PROBE_INTEGER } } },
    { 0 },
};

const Op channel_gather_op = {
    .name = "channel_gather",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1),
    .shape = channel_gather_shape,
    .forward = KERNEL(channel_gather_forward),
    .backward = KERNEL(channel_gather_backward),
    .probe = { build, channel_gather_oracle, channel_gather_cases },
};

Node *op_channel_gather(Node *x, Node *indices) {
    return graph_append(&channel_gather_op, (Node *[]){ x, indices }, 2, NULL, 0);
}
