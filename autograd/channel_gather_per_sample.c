/* y[b,...,j] = x[b,...,index_bj]: channel_gather with indices of its own for each sample. */
#include "autograd/channel_gather.h"
#include "autograd/probe.h"

static bool channel_gather_per_sample_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    if (x->rank < 2 || indices->rank != 2 || indices->size[0] != x->size[0])
        return error_set(error, "x must be [B,...,C], and the indices [B,k]");
    node->shape = *x;
    node->shape.size[x->rank - 1] = indices->size[1];
    return true;
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_channel_gather_per_sample(in[0], in[1]);
}

static const ProbeCase channel_gather_per_sample_cases[] = {
    { "odd", { { { 3, 2, 5, 7 } }, { { 3, 4 }, 0, 6, PROBE_INTEGER } }, .axes = { "nhwc", "nk" } },
    { "repeated", { { { 2, 5, 3 } }, { { 2, 11 }, 0, 2, PROBE_INTEGER } } },
    { "channels in whole vectors", { { { 2, 3, 8 } }, { { 2, 12 }, 0, 7, PROBE_INTEGER } } },
    { "one", { { { 1, 1 } }, { { 1, 1 }, 0, 0, PROBE_INTEGER } } },
    { 0 },
};

const Op channel_gather_per_sample_op = {
    .name = "channel_gather_per_sample",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1),
    .shape = channel_gather_per_sample_shape,
    .forward = KERNEL(channel_gather_forward),
    .backward = KERNEL(channel_gather_backward),
    .probe = { build, channel_gather_oracle, channel_gather_per_sample_cases },
};

Node *op_channel_gather_per_sample(Node *x, Node *indices) {
    return graph_append(&channel_gather_per_sample_op, (Node *[]){ x, indices }, 2, NULL, 0);
}
