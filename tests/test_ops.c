/* Every op of the table, by its probe (autograd/op_check.h), on the CPU. */
#include "tests/op_walk.h"
#include "tests/test.h"

TEST_ROWS(ops_table_walk, op_has_row) {
    walk_ops(OP_CHECK_CPU);
}
