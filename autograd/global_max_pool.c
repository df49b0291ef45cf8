/* y[b,c] = max of x[b,h,w,c] over the pixels (h, w); of equal values the first counts, and NaN is
 * larger than everything.
 * dx = dy at the winner, else 0. */
#include "autograd/ops.h"
#include "autograd/pool.h"
#include "autograd/probe.h"

/* A thread processes a block of channels. A winner's index is stored in a real, which is exact up
 * to 2^24. */
enum { BLOCK = 128, MOST_PIXELS = 1 << 24 };

static bool global_max_pool_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape;
    if (x->rank != 4 || shape_elements(x) == 0)
        return error_set(error, "x must be [B,H,W,C] and not empty");
    if (x->size[1] * x->size[2] > MOST_PIXELS)
        return error_set(error, "an image may have %d pixels at most", MOST_PIXELS);
    node->shape = shape_2(x->size[0], x->size[3]);
    node_save(node, node->shape);
    return true;
}

/* The first `count` channels of one image: their largest values and the indices of these. */
static void find_winners(const real *x, int64_t pixels, int64_t channels, int64_t count,
                         real *restrict best, real *restrict winner) {
    for (int64_t c = 0; c < count; c++) best[c] = x[c], winner[c] = 0;
    for (int64_t pixel = 1; pixel < pixels; pixel++) {
        const real *restrict row = x + pixel * channels;
        for (int64_t c = 0; c < count; c++) {
            const bool wins = pool_wins(row[c], best[c]);
            best[c] = wins ? row[c] : best[c];
            winner[c] = wins ? (real)pixel : winner[c];
        }
    }
}

static void global_max_pool_forward_cpu(Node *node) {
    const Shape *x = &node->inputs[0]->shape;
    const int64_t channels = x->size[3], pixels = x->size[1] * x->size[2];
    const int64_t blocks = (channels + BLOCK - 1) / BLOCK;
#pragma omp parallel for schedule(static) if (parallel_pays(shape_elements(x)))
    for (int64_t i = 0; i < x->size[0] * blocks; i++) {
        const int64_t batch = i / blocks, first = i % blocks * BLOCK;
        const int64_t count = channels - first < BLOCK ? channels - first : BLOCK;
        find_winners(node->inputs[0]->value.data + batch * pixels * channels + first, pixels,
                     channels, count, node->value.data + batch * channels + first,
                     node->saved[0].data + batch * channels + first);
    }
}

static void global_max_pool_backward_cpu(Node *node) {
    const Shape *x = &node->inputs[0]->shape;
    const int64_t channels = x->size[3], pixels = x->size[1] * x->size[2], rows = shape_rows(x);
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        const int64_t batch = row / pixels;
        const real *winner = node->saved[0].data + batch * channels;
        const real *dy = node->gradient.data + batch * channels;
        const real pixel = (real)(row % pixels);
        for (int64_t c = 0; c < channels; c++)
            gradient_store(dx, row * channels + c, winner[c] == pixel ? dy[c] : 0);
    }
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_global_max_pool(in[0]);
}

static void oracle(const Node *node, double *y) {
    const Shape *x = &node->inputs[0]->shape;
    const int64_t channels = x->size[3], pixels = x->size[1] * x->size[2];
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = -INFINITY;
    for (int64_t i = 0; i < shape_elements(x); i++) {
        double *best = &y[i / channels / pixels * channels + i % channels];
        *best = fmax(*best, (double)node->inputs[0]->value.data[i]);
    }
}

static const ProbeCase global_max_pool_cases[] = {
    { "odd", { { { 3, 5, 7, 3 }, .fill = PROBE_DISTINCT } }, .axes = { "nhwc" } },
    { "several blocks", { { { 2, 3, 4, 131 }, .fill = PROBE_DISTINCT } } },
    { "channels in whole vectors", { { { 2, 3, 7, 12 }, .fill = PROBE_DISTINCT } } },
    { "one pixel", { { { 1, 1, 1, 1 }, .fill = PROBE_DISTINCT } } },
    { 0 },
};

const Op global_max_pool_op = {
    .name = "global_max_pool",
    .differentiable = INPUT(0),
    .shape = global_max_pool_shape,
    .forward = KERNEL(global_max_pool_forward),
    .backward = KERNEL(global_max_pool_backward),
    .probe = { build, oracle, global_max_pool_cases },
};

Node *op_global_max_pool(Node *x) {
    return graph_append(&global_max_pool_op, (Node *[]){ x }, 1, NULL, 0);
}
