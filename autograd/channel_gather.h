/* channel_gather.h - the kernels that channel_gather and channel_gather_per_sample share: indices
 * of rank 1 serve every row, indices of rank 2 have one row for each sample. */
#ifndef AUTOGRAD_CHANNEL_GATHER_H
#define AUTOGRAD_CHANNEL_GATHER_H

#include "autograd/ops.h"

void channel_gather_forward_cpu(Node *node);
void channel_gather_backward_cpu(Node *node);

/* The probes' oracle. */
void channel_gather_oracle(const Node *node, double *y);

#endif
