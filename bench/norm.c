/* norm.c - batch norm. Passes that no implementation can avoid on tensors larger than a cache:
 *
 *     training    x twice (the statistics are needed before the values), y once; a residual once
 *     gradients   x and dy twice (the sums of both are needed before dx), dx once
 *     evaluation  x and y once
 *
 * If relu follows, its mask can be recomputed from x. With a residual it cannot: y is read once,
 * and dresidual, written meanwhile, is the masked dy of the second pass. */
#include "autograd/ops.h"
#include "bench/op_trial.h"

static Node *channels_input(const Node *x, const char *name, double low, double high) {
    return op_trial_input(x, name, shape_1(shape_last(&x->shape)), low, high);
}

static Node *build_plain(Node *x) {
    return op_batch_norm(x, channels_input(x, "weight", 0.5, 2), channels_input(x, "bias", -1, 1),
                         channels_input(x, "running mean", -1, 1),
                         channels_input(x, "running variance", 0.5, 2), false);
}

static Node *build_relu(Node *x) {
    return op_batch_norm_relu(x, channels_input(x, "weight", 0.5, 2),
                              channels_input(x, "bias", -1, 1),
                              channels_input(x, "running mean", -1, 1),
                              channels_input(x, "running variance", 0.5, 2), false);
}

static Node *build_add_relu(Node *x) {
    return op_batch_norm_add_relu(
        x, channels_input(x, "weight", 0.5, 2), channels_input(x, "bias", -1, 1),
        channels_input(x, "running mean", -1, 1), channels_input(x, "running variance", 0.5, 2),
        op_trial_input(x, "residual", x->shape, -1, 1), false);
}

void bench_norm(Bench *bench) {
    const Shape large = shape_4(8, 64, 64, 256), small = shape_4(8, 16, 16, 128);
    const OpCase cases[] = {
        { "training", large, build_plain, { 2, 1 }, { 3, 2 }, false },
        { "training, relu", large, build_relu, { 2, 1 }, { 3, 2 }, false },
        { "training, add, relu", large, build_add_relu, { 3, 1 }, { 5, 2 }, false },
        { "evaluation, relu", large, build_relu, { 1, 1 }, { 0, 0 }, true },
        { "training, relu", small, build_relu, { 2, 1 }, { 3, 2 }, false },
        { "evaluation, relu", small, build_relu, { 1, 1 }, { 0, 0 }, true },
    };
    bench_ops(bench, cases, sizeof cases / sizeof *cases);
}
