/* ops.h - every op's public function, declared from the table in ops.def, which documents each:
 * formula, derivative, shapes, and what it refuses. */
#ifndef AUTOGRAD_OPS_H
#define AUTOGRAD_OPS_H

#include "autograd/graph.h"
#include "tensor/public.h"

PUBLIC_BEGIN

#define OP OP_DECLARATION
#include "autograd/ops.def"
#undef OP

/* One of the losses of op_segmentation_loss as a scalar: LOSS_CROSS_ENTROPY or LOSS_SOFT_DICE. */
enum { LOSS_CROSS_ENTROPY, LOSS_SOFT_DICE, SEGMENTATION_LOSSES };
Node *segmentation_loss_part(Node *losses, int part);

PUBLIC_END

#endif
