/* resize.c - bilinear resizing as in HADNet: x and y once each, in either direction. */
#include "autograd/ops.h"
#include "bench/op_trial.h"

static Node *build_to_image(Node *x) {
    return op_resize_bilinear(x, 256, 256);
}

static Node *build_to_finest(Node *x) {
    return op_resize_bilinear(x, 64, 64);
}

void bench_resize(Bench *bench) {
    const OpCase cases[] = {
        { "logits to 256x256", shape_4(8, 64, 64, 4), build_to_image, { 1, 1 }, { 1, 1 }, false },
        { "level to 64x64", shape_4(8, 32, 32, 64), build_to_finest, { 1, 1 }, { 1, 1 }, false },
        { "level to 64x64", shape_4(8, 8, 8, 160), build_to_finest, { 1, 1 }, { 1, 1 }, false },
    };
    bench_ops(bench, cases, sizeof cases / sizeof *cases);
}
