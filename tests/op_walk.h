/* op_walk.h - the table of every op, and a walk over it by op_check. */
#ifndef TESTS_OP_WALK_H
#define TESTS_OP_WALK_H

#include "autograd/op_check.h"

extern const Op *const op_table[];
extern const int op_count;

/* Whether the table has an op of this name: for TEST_ROWS. */
bool op_has_row(const char *name);

/* Every op of the table by op_check, each check a test case of its own; if words
 * on the command line name ops, those alone. Prints what was compared. */
void walk_ops(OpCheckDevices devices);

#endif
