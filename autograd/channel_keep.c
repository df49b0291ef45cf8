/* channel_keep.c - every channel in its place, those that are not listed zero. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "tensor/memory.h"

#include <stdlib.h>

static bool channel_keep_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    if (x->rank < 2 || indices->rank != 2 || indices->size[0] != x->size[0])
        return error_set(error, "x must be [B,...,C], and the indices [B,k]");
    node->shape = *x;
    return true;
}

/* [samples,C]: 1 where the sample keeps the channel, else 0. Freed by the caller. */
static real *masks_of(const Node *node) {
    const Shape *indices = &node->inputs[1]->shape;
    const int64_t samples = indices->size[0], count = indices->size[1];
    const int64_t channels = shape_last(&node->shape);
    real *masks = memory_new((size_t)(samples * channels) + 1, sizeof *masks);
    for (int64_t i = 0; i < samples * count; i++) {
        const real index = node->inputs[1]->value.data[i];
        PROMISE(index >= 0 && index < (real)channels && index == floor(index),
                "channel_keep: index %g; expected 0..%lld", (double)index, (long long)channels - 1);
        masks[i / count * channels + (int64_t)index] = 1;
    }
    return masks;
}

/* `to` is, or grows by, from times the mask of its sample. */
static void keep(const Node *node, const real *from, Gradient to) {
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const int64_t each = node->shape.size[0] ? rows / node->shape.size[0] : 1;
    real *masks = masks_of(node);
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        const real *mask = masks + row / each * channels;
        for (int64_t c = 0; c < channels; c++)
            gradient_store(to, row * channels + c, mask[c] != 0 ? from[row * channels + c] : 0);
    }
    free(masks);
}

static void channel_keep_forward_cpu(Node *node) {
    keep(node, node->inputs[0]->value.data, (Gradient){ node->value.data, false });
}

static void channel_keep_backward_cpu(Node *node) {
    keep(node, node->gradient.data, node->input_gradients[0]);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_channel_keep(in[0], in[1]);
}

static void oracle(const Node *node, double *y) {
    const Shape *indices = &node->inputs[1]->shape;
    const int64_t channels = shape_last(&node->shape), n = shape_elements(&node->shape);
    for (int64_t i = 0; i < n; i++) {
        const int64_t sample = i / (n / node->shape.size[0]);
        for (int64_t j = 0; j < indices->size[1]; j++)
            if ((int64_t)node->inputs[1]->value.data[sample * indices->size[1] + j] == i % channels)
                y[i] = (double)node->inputs[0]->value.data[i];
    }
}

static const ProbeCase channel_keep_cases[] = {
    { "odd", { { { 3, 2, 5, 7 } }, { { 3, 4 }, 0, 6, PROBE_INTEGER } }, .axes = { "nhwc", "nk" } },
    { "repeated", { { { 2, 5, 3 } }, { { 2, 11 }, 0, 2, PROBE_INTEGER } } },
    { "one", { { { 1, 1 } }, { { 1, 1 }, 0, 0, PROBE_INTEGER } } },
    { 0 },
};

const Op channel_keep_op = {
    .name = "channel_keep",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1),
    .shape = channel_keep_shape,
    .forward = KERNEL(channel_keep_forward),
    .backward = KERNEL(channel_keep_backward),
    .probe = { build, oracle, channel_keep_cases },
};

Node *op_channel_keep(Node *x, Node *indices) {
    return graph_append(&channel_keep_op, (Node *[]){ x, indices }, 2, NULL, 0);
}
