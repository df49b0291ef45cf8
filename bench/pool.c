/* pool.c - pooling reads x and writes y once, and back; max pooling also writes, and backward
 * reads, the index of each window's maximum. */
#include "autograd/ops.h"
#include "bench/op_trial.h"

static Node *build_max(Node *x) {
    return op_max_pool(x, 3, 2, 1);
}

static Node *build_average(Node *x) {
    return op_average_pool(x, 2, 2, 0);
}

void bench_pool(Bench *bench) {
    const Shape stem = shape_4(8, 128, 128, 64), last = shape_4(8, 8, 8, 2048);
    const Shape residual = shape_4(8, 64, 64, 272);
    const OpCase cases[] = {
        { "max 3x3/2", stem, build_max, { 1, 2 }, { 1, 2 }, false },
        { "average 2x2/2", stem, build_average, { 1, 1 }, { 1, 1 }, false },
        { "global average", last, op_global_average_pool, { 1, 1 }, { 1, 1 }, false },
        { "global average", residual, op_global_average_pool, { 1, 1 }, { 1, 1 }, false },
        { "global max", residual, op_global_max_pool, { 1, 2 }, { 1, 2 }, false },
    };
    bench_ops(bench, cases, sizeof cases / sizeof *cases);
}
