/* ops.h - every op's public function, declared from the table in ops.def, the page that says
 * what each computes: formula, derivative, shapes, what it refuses. */
#ifndef AUTOGRAD_OPS_H
#define AUTOGRAD_OPS_H

#include "autograd/graph.h"
#include "tensor/public.h"

PUBLIC_BEGIN

#define OP OP_DECLARATION
#include "autograd/ops.def"
#undef OP

PUBLIC_END

#endif
