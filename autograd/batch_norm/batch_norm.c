/* Batch norm over the rows of x [..., C] (Ioffe and Szegedy, 2015), with residual and ReLU.
 *
 *     y = max(0, w (x - m) r + b + residual)       r = 1 / sqrt(v + 1e-5)
 *
 * Only the variants named so have the ReLU and the residual. In a training graph m and v are the
 * mean and the (biased) variance of each channel over the N rows, and the running statistics move
 * by 0.1 towards m and v N / (N - 1), as in PyTorch. Frozen, or in a graph that is not training, m
 * and v are the running statistics, and constants.
 *
 * Backward. g = dy, or 0 where y = 0 was a ReLU; xh = (x - m) r.
 *     db = sum g     dw = sum g xh     dresidual = g
 *     dx = w r (g - db / N - xh dw / N)            or w r g with constant statistics
 *
 * Passes over memory: forward reads x twice (statistics, values) and writes y; backward reads
 * x and dy twice (sums, dx) and writes dx. Whether y = 0 follows from x, except with a residual:
 * then y is read too, and g is written as the residual's gradient and read in place of dy and y.
 *
 * The statistics are accurate however far m is from zero: within a chunk that fits the cache, the
 * mean is computed first, then the squares of differences from it; the chunks are joined in double,
 * as sum of squares = sum (s_k + n_k (m_k - m)^2). */
#include "autograd/batch_norm/batch_norm.h"
#include "autograd/probe.h"

/* arguments: whether frozen. */
static Node *build(Node *const *in, const double *arguments) {
    return op_batch_norm(in[0], in[1], in[2], in[3], in[4], arguments[0] != 0);
}

static Node *build_relu(Node *const *in, const double *arguments) {
    return op_batch_norm_relu(in[0], in[1], in[2], in[3], in[4], arguments[0] != 0);
}

/* Without a sixth input the residual is x itself. */
static Node *build_add_relu(Node *const *in, const double *arguments) {
    return op_batch_norm_add_relu(in[0], in[1], in[2], in[3], in[4], in[5] ? in[5] : in[0],
                                  arguments[0] != 0);
}

static Node *build_plain(Node *const *in, const double *arguments) {
    return op_batch_norm_plain(in[0], in[1], in[2], arguments[0] != 0);
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

static void oracle(const Node *node, double *y) {
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

/* Running mean and variance of c channels; the same behind weight and bias. */
#define STATISTICS(c) \
    { { c } }, {      \
        { c }, 0.5, 2 \
    }
#define AFFINE(c) { { c }, 0.5, 2 }, { { c } }, STATISTICS(c)

static const ProbeCase batch_norm_cases[] = {
    { "training, odd",
      { { { 2, 3, 5, 7 }, -2, 3 }, AFFINE(7) },
      .training = true,
      .axes = { "nhwc", "c", "c", "c", "c" } },
    { "training, one channel", { { { 37, 1 }, -2, 3 }, AFFINE(1) }, .training = true },
    { "training, wide", { { { 6, 131 }, -2, 3 }, AFFINE(131) }, .training = true },
    { "training, several chunks", { { { 700, 3 }, -2, 3 }, AFFINE(3) }, .training = true },
    { "evaluation",
      { { { 2, 3, 5, 7 }, -2, 3 }, AFFINE(7) },
      .axes = { "nhwc", "c", "c", "c", "c" } },
    { "frozen in training",
      { { { 2, 3, 5, 7 }, -2, 3 }, AFFINE(7) },
      { true },
      .training = true,
      .axes = { "nhwc", "c", "c", "c", "c" } },
    { "one row, frozen", { { { 1, 5 }, -2, 3 }, AFFINE(5) }, { true }, .training = true },
    { 0 },
};

static const ProbeCase batch_norm_relu_cases[] = {
    { "training, odd",
      { { { 2, 3, 5, 7 }, -2, 3 }, AFFINE(7) },
      .training = true,
      .axes = { "nhwc", "c", "c", "c", "c" } },
    { "evaluation", { { { 3, 5, 7 }, -2, 3 }, AFFINE(7) }, .axes = { "nhc", "c", "c", "c", "c" } },
    { "frozen in training", { { { 3, 5, 7 }, -2, 3 }, AFFINE(7) }, { true }, .training = true },
    { 0 },
};

static const ProbeCase batch_norm_add_relu_cases[] = {
    { "training, odd",
      { { { 2, 3, 5, 7 }, -2, 3 }, AFFINE(7), { { 2, 3, 5, 7 } } },
      .training = true,
      .axes = { "nhwc", "c", "c", "c", "c", "nhwc" } },
    { "evaluation",
      { { { 3, 5, 7 }, -2, 3 }, AFFINE(7), { { 3, 5, 7 } } },
      .axes = { "nhc", "c", "c", "c", "c", "nhc" } },
    { "residual is x", { { { 3, 5, 7 }, -2, 3 }, AFFINE(7) }, .training = true },
    { 0 },
};

static const ProbeCase batch_norm_plain_cases[] = {
    { "training, odd",
      { { { 2, 3, 5, 7 }, -2, 3 }, STATISTICS(7) },
      .training = true,
      .axes = { "nhwc", "c", "c" } },
    { "evaluation", { { { 3, 5, 7 }, -2, 3 }, STATISTICS(7) }, .axes = { "nhc", "c", "c" } },
    { 0 },
};

const Op batch_norm_op = {
    .name = "batch_norm",
    .differentiable = INPUT(0) | INPUT(1) | INPUT(2),
    .backward_reads = INPUT(0),
    .shape = batch_norm_shape,
    .forward = KERNEL(batch_norm_forward),
    .backward = KERNEL(batch_norm_backward),
    .probe = { build, oracle, batch_norm_cases },
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
    .probe = { build_relu, oracle, batch_norm_relu_cases },
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
    .probe = { build_add_relu, oracle, batch_norm_add_relu_cases },
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
    .probe = { build_plain, oracle, batch_norm_plain_cases },
    .fuses = batch_norm_fuses,
    .fused = KERNEL(batch_norm_fused),
};

Node *op_batch_norm(Node *x, Node *weight, Node *bias, Node *running_mean, Node *running_var,
                    bool frozen) {
    const BatchNorm attributes = { .affine = true, .frozen = frozen };
    return graph_append(&batch_norm_op, (Node *[]){ x, weight, bias, running_mean, running_var }, 5,
                        &attributes, sizeof attributes);
}

Node *op_batch_norm_relu(Node *x, Node *weight, Node *bias, Node *running_mean, Node *running_var,
                         bool frozen) {
    const BatchNorm attributes = { .affine = true, .relu = true, .frozen = frozen };
    return graph_append(&batch_norm_relu_op,
                        (Node *[]){ x, weight, bias, running_mean, running_var }, 5, &attributes,
                        sizeof attributes);
}

Node *op_batch_norm_add_relu(Node *x, Node *weight, Node *bias, Node *running_mean,
                             Node *running_var, Node *residual, bool frozen) {
    const BatchNorm attributes = { true, true, true, frozen };
    return graph_append(&batch_norm_add_relu_op,
                        (Node *[]){ x, weight, bias, running_mean, running_var, residual }, 6,
                        &attributes, sizeof attributes);
}

Node *op_batch_norm_plain(Node *x, Node *running_mean, Node *running_var, bool frozen) {
    const BatchNorm attributes = { .frozen = frozen };
    return graph_append(&batch_norm_plain_op, (Node *[]){ x, running_mean, running_var }, 3,
                        &attributes, sizeof attributes);
}
