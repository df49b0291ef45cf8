/* Every op of the table by op_check, on the GPU (the emulated one, if there is no other). */
#include "tests/op_walk.h"
#include "tests/test.h"

TEST_ROWS(gpu_table_walk, op_has_row) {
    walk_ops(OP_CHECK_GPU);
}
