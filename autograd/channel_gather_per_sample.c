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

static Node *build_channel_gather_per_sample(Node *const *in) {
    return op_channel_gather_per_sample(in[0], in[1]);
}

static const ProbeCase channel_gather_per_sample_probe[] = {
    { "odd",
      2,
      { { .shape = { 4, { 3, 2, 5, 7 } } }, { { 2, { 3, 4 } }, PROBE_INTEGER, 0, 6 } },
      build_channel_gather_per_sample,
      channel_gather_oracle,
      false },
    { "repeated",
      2,
      { { .shape = { 3, { 2, 5, 3 } } }, { { 2, { 2, 11 } }, PROBE_INTEGER, 0, 2 } },
      build_channel_gather_per_sample,
      channel_gather_oracle,
      false },
    { "channels in whole vectors",
      2,
      { { .shape = { 3, { 2, 3, 8 } } }, { { 2, { 2, 12 } }, PROBE_INTEGER, 0, 7 } },
      build_channel_gather_per_sample,
      channel_gather_oracle,
      false },
    { "one",
      2,
      { { .shape = { 2, { 1, 1 } } }, { { 2, { 1, 1 } }, PROBE_INTEGER, 0, 0 } },
      build_channel_gather_per_sample,
      channel_gather_oracle,
      false },
    { 0 }
};

const Op channel_gather_per_sample_op = {
    .name = "channel_gather_per_sample",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1),
    .shape = channel_gather_per_sample_shape,
    .forward = KERNEL(channel_gather_forward),
    .backward = KERNEL(channel_gather_backward),
    .probe = channel_gather_per_sample_probe,
};

/* For each sample, the channels of x that its row of `indices` names, in its order. x: [B,...,C];
 * indices: [B,k], integers 0..C-1, repeats allowed. Gives [B,...,k]. */
Node *op_channel_gather_per_sample(Node *x, Node *indices) {
    return graph_append(&channel_gather_per_sample_op, (Node *[]){ x, indices }, 2, NULL, 0);
}
