/* op_walk.h - the table of every op, and a walk over it by op_check. */
#ifndef TESTS_OP_WALK_H
#define TESTS_OP_WALK_H

#include "autograd/op_check.h"

extern const Op *const op_table[];
extern const int op_count;

/* Every op of the table by op_check, each check a test case of its own; those alone that the words
 * on the command line name, if they name any. Prints what was compared. */
void walk_ops(OpCheckDevices devices);

#endif
