/* ops.h - the functions of the ops that only HADNet needs, declared from the table in ops.def, the
 * page that says what each computes. */
#ifndef HADNET_OPS_H
#define HADNET_OPS_H

#include "autograd/graph.h"

#define OP OP_DECLARATION
#include "hadnet/ops.def"
#undef OP

#endif
