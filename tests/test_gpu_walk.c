/* Every op of the table on the GPU (the emulated one, where none answers), by op_check. */
#include "tests/op_walk.h"
#include "tests/test.h"

TEST_ROWS(gpu_table_walk, op_has_row) {
    walk_ops(OP_CHECK_GPU);
}
