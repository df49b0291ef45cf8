/* batch_norm.h - attributes, shape rule, kernels, and formulas of one channel and one element,
 * shared by the batch norm variants. batch_norm.c derives the formulas. */
#ifndef AUTOGRAD_BATCH_NORM_H
#define AUTOGRAD_BATCH_NORM_H

#include "autograd/ops.h"

/* Attributes: the inputs of the node, in this order: x, (weight, bias), running mean, running
 * variance, (residual); and the variant. A residual requires weight, bias and relu. */
typedef struct BatchNorm {
    bool affine, relu, residual, frozen;
} BatchNorm;

/* Per-channel constants of a node, one row of saved[0] each. Forward computes the constants of y,
 * and backward those of dx. */
enum {
    BATCH_NORM_MEAN,
    BATCH_NORM_SCALE, /* w r */
    BATCH_NORM_SHIFT, /* b */
    BATCH_NORM_R,
    BATCH_NORM_CONSTANTS,
    BATCH_NORM_DX_SLOPE = BATCH_NORM_CONSTANTS,
    BATCH_NORM_DX_SHIFT,
    BATCH_NORM_ROWS
};

/* Where g = dy: always, or where y > 0. Without a residual, y is recomputed from x, which costs
 * less than reading it, and y need not be kept. */
typedef enum BatchNormRelu {
    BATCH_NORM_NO_RELU,
    BATCH_NORM_RELU_BY_X,
    BATCH_NORM_RELU_BY_Y
} BatchNormRelu;

typedef struct BatchNormConstants {
    real of[BATCH_NORM_CONSTANTS];
} BatchNormConstants;

static inline HD BatchNormConstants batch_norm_constants(double mean, double var, double weight,
                                                         double bias) {
    const double r = 1 / sqrt(var + 1e-5);
    BatchNormConstants constants;
    constants.of[BATCH_NORM_MEAN] = (real)mean;
    constants.of[BATCH_NORM_SCALE] = (real)(weight * r);
    constants.of[BATCH_NORM_SHIFT] = (real)bias;
    constants.of[BATCH_NORM_R] = (real)r;
    return constants;
}

/* A running statistic updated by a batch. */
static inline HD real batch_norm_running(real running, double of_batch) {
    return (real)((1 - 0.1) * (double)running + 0.1 * of_batch);
}

/* Of the running variance. One row has no unbiased variance; 0 keeps the running one finite. */
static inline HD double batch_norm_unbiased(double squares, double rows) {
    return rows > 1 ? squares / (rows - 1) : 0;
}

/* y, before a residual and a ReLU. */
static inline HD real batch_norm_value(real x, real mean, real scale, real shift) {
    return (x - mean) * scale + shift;
}

/* dx with statistics of the batch: DX_SHIFT and DX_SLOPE from the sums of g and of g (x - mean),
 * share being 1 / N; then element by element. */
static inline HD real batch_norm_gradient_shift(double scale, double sum, double share) {
    return (real)(-scale * sum * share);
}

static inline HD real batch_norm_gradient_slope(double scale, double r, double product,
                                                double share) {
    return (real)(-scale * r * r * product * share);
}

static inline HD real batch_norm_gradient(real g, real x, real mean, real scale, real slope,
                                          real shift) {
    return scale * g + slope * (x - mean) + shift;
}

static inline const BatchNorm *batch_norm_of(const Node *node) {
    return (const BatchNorm *)node->attributes;
}

static inline BatchNormRelu batch_norm_relu_form(const Node *node) {
    const BatchNorm *attributes = batch_norm_of(node);
    if (!attributes->relu) return BATCH_NORM_NO_RELU;
    return attributes->residual ? BATCH_NORM_RELU_BY_Y : BATCH_NORM_RELU_BY_X;
}

static inline Node *batch_norm_running_mean(const Node *node) {
    return node->inputs[batch_norm_of(node)->affine ? 3 : 1];
}

static inline Node *batch_norm_running_var(const Node *node) {
    return node->inputs[batch_norm_of(node)->affine ? 4 : 2];
}

/* Whether the statistics are those of the batch; otherwise they are constants. */
static inline bool batch_norm_uses_batch(const Node *node) {
    return graph_is_training(node->graph) && !batch_norm_of(node)->frozen;
}

/* Whether backward depends on sums over the rows: not when the statistics are constants and the
 * parameters frozen, and then dx = scale g needs one pass. */
static inline bool batch_norm_needs_sums(const Node *node) {
    return batch_norm_uses_batch(node) ||
           (batch_norm_of(node)->affine &&
            (node->input_gradients[1].data || node->input_gradients[2].data));
}

/* The CPU's kernels join the statistics of chunks for so many channels at a time. */
enum { BATCH_NORM_BLOCK = 64 };

static inline int64_t batch_norm_block(int64_t channels, int64_t first) {
    const int64_t left = channels - first, most = BATCH_NORM_BLOCK;
    return left < most ? left : most;
}

bool batch_norm_shape(Node *node, Error *error);
void batch_norm_forward_cpu(Node *node);
void batch_norm_backward_cpu(Node *node);
void batch_norm_recompute_cpu(Node *node);

/* With constant statistics a batch norm is a linear function per channel, which a convolution can
 * apply to its output before storing it. */
bool batch_norm_fuses(const Node *node);
void batch_norm_fused_cpu(Node *node);

#endif
