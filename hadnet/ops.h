/* ops.h - the public functions of the ops that only HADNet needs, declared from the table in
 * ops.def; the comment that says what an op computes stands above its function, in hadnet/NAME.c.
 */
#ifndef HADNET_OPS_H
#define HADNET_OPS_H

#include "autograd/graph.h"

#define OP OP_DECLARATION
#include "hadnet/ops.def"
#undef OP

#endif
