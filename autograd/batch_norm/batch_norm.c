/* Batch norm over the rows of x [..., C] (Ioffe and Szegedy, 2015), with what usually follows it.
 *
 *     y = max(0, w (x - m) r + b + residual)       r = 1 / sqrt(v + 1e-5)
 *
 * The ReLU and the residual are there in the variants that say so. In a training graph m and v
 * are the mean and the (biased) variance of each channel over the N rows, and the running
 * statistics move by 0.1 towards m and v N / (N - 1), as in PyTorch. Frozen, or in a graph that is
 * not training, m and v are the running statistics, and constants.
 *
 * Backward. g = dy, or 0 where y = 0 was a ReLU; xh = (x - m) r.
 *     db = sum g     dw = sum g xh     dresidual = g
 *     dx = w r (g - db / N - xh dw / N)            or w r g with constant statistics
 *
 * Passes over memory: forward reads x twice (statistics, values) and writes y; backward reads
 * x and dy twice (sums, dx) and writes dx. Where y = 0 follows from x, but for a residual: then y
 * is read too, and g written as the residual's gradient and read in place of dy and y.
 *
 * The statistics are exact however far m is from zero: within a chunk that fits the cache, the mean
 * first, then squares of differences from it; the chunks are then joined in double as sum of
 * squares = sum (s_k + n_k (m_k - m)^2). */
#include "autograd/batch_norm/batch_norm.h"
#include "autograd/probe.h"

static Node *build_batch_norm(Node *const *in) {
    return op_batch_norm(in[0], in[1], in[2], in[3], in[4], false);
}

static Node *build_frozen(Node *const *in) {
    return op_batch_norm(in[0], in[1], in[2], in[3], in[4], true);
}

static Node *build_relu(Node *const *in) {
    return op_batch_norm_relu(in[0], in[1], in[2], in[3], in[4], false);
}

static Node *build_relu_frozen(Node *const *in) {
    return op_batch_norm_relu(in[0], in[1], in[2], in[3], in[4], true);
}

static Node *build_add_relu(Node *const *in) {
    return op_batch_norm_add_relu(in[0], in[1], in[2], in[3], in[4], in[5], false);
}

/* The residual is x itself. */
static Node *build_add_itself(Node *const *in) {
    return op_batch_norm_add_relu(in[0], in[1], in[2], in[3], in[4], in[0], false);
}

static Node *build_plain(Node *const *in) {
    return op_batch_norm_plain(in[0], in[1], in[2], false);
}

/* Mean and variance of channel c, by the definition. */
static void oracle_statistics(const Node *node, int64_t c, double *mean, double *var) {
    const BatchNorm *attributes = node->attributes;
    const int place = attributes->affine ? 3 : 1;
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real *x = node->inputs[0]->value.data;
    *mean = (double)node->inputs[place]->value.data[c];
    *var = (double)node->inputs[place + 1]->value.data[c];
    if (attributes->frozen || !graph_is_training(node->graph)) return;
    *mean = *var = 0;
    for (int64_t i = 0; i < rows; i++) *mean += (double)x[i * channels + c] / (double)rows;
    for (int64_t i = 0; i < rows; i++) {
        const double off = (double)x[i * channels + c] - *mean;
        *var += off * off / (double)rows;
    }
}

static void batch_norm_oracle(const Node *node, double *y) {
    const BatchNorm *attributes = node->attributes;
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    for (int64_t c = 0; c < channels; c++) {
        double mean, var;
        oracle_statistics(node, c, &mean, &var);
        for (int64_t i = c; i < rows * channels; i += channels) {
            y[i] = ((double)node->inputs[0]->value.data[i] - mean) / sqrt(var + 1e-5);
            if (attributes->affine)
                y[i] = y[i] * (double)node->inputs[1]->value.data[c] +
                       (double)node->inputs[2]->value.data[c];
            if (attributes->residual) y[i] += (double)node->inputs[5]->value.data[i];
            if (attributes->relu && y[i] < 0) y[i] = 0;
        }
    }
}

static const ProbeCase batch_norm_probe[] = {
    { "training, odd",
      5,
      { { .shape = { 4, { 2, 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_batch_norm,
      batch_norm_oracle,
      true },
    { "training, one channel",
      5,
      { { .shape = { 2, { 37, 1 } }, .low = -2, .high = 3 },
        { { 1, { 1 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 1 } } },
        { .shape = { 1, { 1 } } },
        { { 1, { 1 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_batch_norm,
      batch_norm_oracle,
      true },
    { "training, wide",
      5,
      { { .shape = { 2, { 6, 131 } }, .low = -2, .high = 3 },
        { { 1, { 131 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 131 } } },
        { .shape = { 1, { 131 } } },
        { { 1, { 131 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_batch_norm,
      batch_norm_oracle,
      true },
    { "training, several chunks",
      5,
      { { .shape = { 2, { 700, 3 } }, .low = -2, .high = 3 },
        { { 1, { 3 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 3 } } },
        { .shape = { 1, { 3 } } },
        { { 1, { 3 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_batch_norm,
      batch_norm_oracle,
      true },
    { "evaluation",
      5,
      { { .shape = { 4, { 2, 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_batch_norm,
      batch_norm_oracle,
      false },
    { "frozen in training",
      5,
      { { .shape = { 4, { 2, 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_frozen,
      batch_norm_oracle,
      true },
    { "one row, frozen",
      5,
      { { .shape = { 2, { 1, 5 } }, .low = -2, .high = 3 },
        { { 1, { 5 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 5 } } },
        { .shape = { 1, { 5 } } },
        { { 1, { 5 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_frozen,
      batch_norm_oracle,
      true },
    { 0 }
};

static const ProbeCase batch_norm_relu_probe[] = {
    { "training, odd",
      5,
      { { .shape = { 4, { 2, 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_relu,
      batch_norm_oracle,
      true },
    { "evaluation",
      5,
      { { .shape = { 3, { 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_relu,
      batch_norm_oracle,
      false },
    { "frozen in training",
      5,
      { { .shape = { 3, { 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_relu_frozen,
      batch_norm_oracle,
      true },
    { 0 }
};

static const ProbeCase batch_norm_add_relu_probe[] = {
    { "training, odd",
      6,
      { { .shape = { 4, { 2, 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 4, { 2, 3, 5, 7 } } } },
      build_add_relu,
      batch_norm_oracle,
      true },
    { "evaluation",
      6,
      { { .shape = { 3, { 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 3, { 3, 5, 7 } } } },
      build_add_relu,
      batch_norm_oracle,
      false },
    { "residual is x",
      5,
      { { .shape = { 3, { 3, 5, 7 } }, .low = -2, .high = 3 },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 },
        { .shape = { 1, { 7 } } },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_add_itself,
      batch_norm_oracle,
      true },
    { 0 }
};

static const ProbeCase batch_norm_plain_probe[] = {
    { "training, odd",
      3,
      { { .shape = { 4, { 2, 3, 5, 7 } }, .low = -2, .high = 3 },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_plain,
      batch_norm_oracle,
      true },
    { "evaluation",
      3,
      { { .shape = { 3, { 3, 5, 7 } }, .low = -2, .high = 3 },
        { .shape = { 1, { 7 } } },
        { { 1, { 7 } }, PROBE_UNIFORM, 0.5, 2 } },
      build_plain,
      batch_norm_oracle,
      false },
    { 0 }
};

const Op batch_norm_op = {
    .name = "batch_norm",
    .differentiable = INPUT(0) | INPUT(1) | INPUT(2),
    .backward_reads = INPUT(0),
    .shape = batch_norm_shape,
    .forward = KERNEL(batch_norm_forward),
    .backward = KERNEL(batch_norm_backward),
    .probe = batch_norm_probe,
    .fuses = batch_norm_fuses,
    .fused = KERNEL(batch_norm_fused),
    .recompute = { batch_norm_recompute_cpu, NULL },
};

const Op batch_norm_relu_op = {
    .name = "batch_norm_relu",
    .differentiable = INPUT(0) | INPUT(1) | INPUT(2),
    .backward_reads = INPUT(0),
    .shape = batch_norm_shape,
    .forward = KERNEL(batch_norm_forward),
    .backward = KERNEL(batch_norm_backward),
    .probe = batch_norm_relu_probe,
    .fuses = batch_norm_fuses,
    .fused = KERNEL(batch_norm_fused),
    .recompute = { batch_norm_recompute_cpu, NULL },
};

const Op batch_norm_add_relu_op = {
    .name = "batch_norm_add_relu",
    .differentiable = INPUT(0) | INPUT(1) | INPUT(2) | INPUT(5),
    .backward_reads = INPUT(0) | OUTPUT,
    .shape = batch_norm_shape,
    .forward = KERNEL(batch_norm_forward),
    .backward = KERNEL(batch_norm_backward),
    .probe = batch_norm_add_relu_probe,
    .fuses = batch_norm_fuses,
    .fused = KERNEL(batch_norm_fused),
};

const Op batch_norm_plain_op = {
    .name = "batch_norm_plain",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(0),
    .shape = batch_norm_shape,
    .forward = KERNEL(batch_norm_forward),
    .backward = KERNEL(batch_norm_backward),
    .probe = batch_norm_plain_probe,
    .fuses = batch_norm_fuses,
    .fused = KERNEL(batch_norm_fused),
};

/* Batch norm. x: [..., C]; weight, bias: [C]; running_mean, running_var: [C], buffers that a run in
 * training updates. frozen: use the running statistics even in training. Gives the shape of x. */
Node *op_batch_norm(Node *x, Node *weight, Node *bias, Node *running_mean, Node *running_var,
                    bool frozen) {
    const BatchNorm attributes = { .affine = true, .frozen = frozen };
    return graph_append(&batch_norm_op, (Node *[]){ x, weight, bias, running_mean, running_var }, 5,
                        &attributes, sizeof attributes);
}

/* op_relu(op_batch_norm(...)), without keeping what lies between. */
Node *op_batch_norm_relu(Node *x, Node *weight, Node *bias, Node *running_mean, Node *running_var,
                         bool frozen) {
    const BatchNorm attributes = { .affine = true, .relu = true, .frozen = frozen };
    return graph_append(&batch_norm_relu_op,
                        (Node *[]){ x, weight, bias, running_mean, running_var }, 5, &attributes,
                        sizeof attributes);
}

/* op_relu(op_batch_norm(...) + residual): the end of a residual block. residual: the shape of x. */
Node *op_batch_norm_add_relu(Node *x, Node *weight, Node *bias, Node *running_mean,
                             Node *running_var, Node *residual, bool frozen) {
    const BatchNorm attributes = { true, true, true, frozen };
    return graph_append(&batch_norm_add_relu_op,
                        (Node *[]){ x, weight, bias, running_mean, running_var, residual }, 6,
                        &attributes, sizeof attributes);
}

/* Batch norm without weight and bias: (x - m) r. */
Node *op_batch_norm_plain(Node *x, Node *running_mean, Node *running_var, bool frozen) {
    const BatchNorm attributes = { .frozen = frozen };
    return graph_append(&batch_norm_plain_op, (Node *[]){ x, running_mean, running_var }, 3,
                        &attributes, sizeof attributes);
}
