/* ops.h - the functions of HADNet's own ops, declared from the table in ops.def, which documents
 * each. */
#ifndef HADNET_OPS_H
#define HADNET_OPS_H

#include "autograd/graph.h"

#define OP OP_DECLARATION
#include "hadnet/ops.def"
#undef OP

#endif
