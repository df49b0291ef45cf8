/* batch_norm.h - what the batch norm variants share: attributes, shape rule, kernels.
 *
 * The formulas stand in autograd/batch_norm.c. */
#ifndef AUTOGRAD_BATCH_NORM_H
#define AUTOGRAD_BATCH_NORM_H

#include "autograd/ops.h"

/* Which inputs the node has, in this order: x, (weight, bias), running mean, running variance,
 * (residual); and what it does. A residual comes with weight, bias and relu. */
typedef struct BatchNorm {
    bool affine, relu, residual, frozen;
} BatchNorm;

bool batch_norm_shape(Node *node, Error *error);
void batch_norm_forward_cpu(Node *node);
void batch_norm_backward_cpu(Node *node);

/* With constant statistics a batch norm is a line per channel, and can be drawn through the output
 * of the convolution before it while that is still at hand. */
bool batch_norm_absorbs(const Node *node);
void batch_norm_absorbing_cpu(Node *node);
void batch_norm_absorbing_gpu(Node *node) __attribute__((weak));

#endif
