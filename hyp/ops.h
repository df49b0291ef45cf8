/* ops.h - the public functions of the hyperbolic ops, declared from the table in ops.def, which
 * documents each. */
#ifndef HYP_OPS_H
#define HYP_OPS_H

#include "autograd/graph.h"
#include "tensor/public.h"

PUBLIC_BEGIN

#define OP OP_DECLARATION
#include "hyp/ops.def"
#undef OP

PUBLIC_END

#endif
