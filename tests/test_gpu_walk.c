/* Every op of the table on the GPU (the emulated one, where none answers), by op_check. */
#include "tests/op_walk.h"
#include "tests/test.h"

TEST(gpu_table_walk) {
    walk_ops(OP_CHECK_GPU);
}
