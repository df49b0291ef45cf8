/* Largest value of each window: y[b,oh,ow,c] = max of x[b, oh s + i - p, ow s + j - p, c],
 * 0 <= i, j < k; positions in the padding do not take part. Of equal values the first counts, by
 * rows; NaN is larger than everything.
 * dx: every position sums dy over the windows in which it is the maximum. It is a gather over the
 * windows that cover a position, in a fixed order, so that no two threads write one element. */
#include "autograd/ops.h"
#include "autograd/pool.h"
#include "autograd/probe.h"

static bool max_pool_shape(Node *node, Error *error) {
    if (!pool_shape(node, error)) return false;
    node_save(node, node->shape); /* index of the winner in its window, i k + j */
    return true;
}

/* Compare position (i, j) of the window with the winner so far. */
static void compete(const real *restrict x, real place, int64_t channels, real *restrict best,
                    real *restrict winner) {
    for (int64_t c = 0; c < channels; c++) {
        const bool wins = pool_wins(x[c], best[c]);
        best[c] = wins ? x[c] : best[c];
        winner[c] = wins ? place : winner[c];
    }
}

static void max_pool_forward_cpu(Node *node) {
    const Pool pool = *(const Pool *)node->attributes;
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int64_t channels = in->size[3], rows = out->size[0] * out->size[1];
#pragma omp parallel for schedule(static) if (parallel_pays(shape_elements(out)))
    for (int64_t row = 0; row < rows; row++) {
        const int64_t batch = row / out->size[1];
        const int oh = (int)(row % out->size[1]);
        const Span high = pool_window(&pool, oh, (int)in->size[1]);
        for (int ow = 0; ow < (int)out->size[2]; ow++) {
            const Span wide = pool_window(&pool, ow, (int)in->size[2]);
            real *best = node->value.data + (row * out->size[2] + ow) * channels;
            real *winner = node->saved[0].data + (row * out->size[2] + ow) * channels;
            for (int64_t c = 0; c < channels; c++) best[c] = -INFINITY;
            for (int64_t c = 0; c < channels; c++)
                winner[c] = (real)pool_place(&pool, oh, ow, high.first, wide.first);
            for (int h = high.first; h < high.end; h++)
                for (int w = wide.first; w < wide.end; w++)
                    compete(node->inputs[0]->value.data +
                                ((batch * in->size[1] + h) * in->size[2] + w) * channels,
                            (real)pool_place(&pool, oh, ow, h, w), channels, best, winner);
        }
    }
}

static void collect(const real *restrict winner, const real *restrict dy, real place,
                    int64_t channels, real *restrict dx) {
    for (int64_t c = 0; c < channels; c++) dx[c] += winner[c] == place ? dy[c] : 0;
}

static void max_pool_backward_cpu(Node *node) {
    const Pool pool = *(const Pool *)node->attributes;
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int64_t channels = in->size[3], rows = in->size[0] * in->size[1];
    const Gradient gradient = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(shape_elements(in)))
    for (int64_t row = 0; row < rows; row++) {
        const int64_t batch = row / in->size[1];
        const int h = (int)(row % in->size[1]);
        const Span high = pool_covering(&pool, h, (int)out->size[1]);
        for (int w = 0; w < (int)in->size[2]; w++) {
            const Span wide = pool_covering(&pool, w, (int)out->size[2]);
            real *dx = gradient.data + (row * in->size[2] + w) * channels;
            for (int64_t c = 0; !gradient.accumulate && c < channels; c++) dx[c] = 0;
            for (int oh = high.first; oh < high.end; oh++)
                for (int ow = wide.first; ow < wide.end; ow++) {
                    const int64_t at = ((batch * out->size[1] + oh) * out->size[2] + ow) * channels;
                    collect(node->saved[0].data + at, node->gradient.data + at,
                            (real)pool_place(&pool, oh, ow, h, w), channels, dx);
                }
        }
    }
}

static Node *build(Node *const *in, const double *arguments) {
    return op_max_pool(in[0], (int)arguments[0], (int)arguments[1], (int)arguments[2]);
}

static void oracle(const Node *node, double *y) {
    const Pool *pool = node->attributes;
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int64_t channels = in->size[3];
    for (int64_t i = 0; i < shape_elements(out); i++) {
        const int64_t c = i % channels, ow = i / channels % out->size[2];
        const int64_t oh = i / channels / out->size[2] % out->size[1];
        const int64_t batch = i / channels / out->size[2] / out->size[1];
        y[i] = -INFINITY;
        for (int64_t k = 0; k < pool->kernel * pool->kernel; k++) {
            const int64_t h = oh * pool->stride + k / pool->kernel - pool->padding;
            const int64_t w = ow * pool->stride + k % pool->kernel - pool->padding;
            if (h < 0 || h >= in->size[1] || w < 0 || w >= in->size[2]) continue;
            const real x =
                node->inputs[0]
                    ->value.data[((batch * in->size[1] + h) * in->size[2] + w) * channels + c];
            if (x > y[i]) y[i] = x;
        }
    }
}

static const ProbeCase max_pool_cases[] = {
    { "3x3 stride 2, odd",
      { { { 2, 7, 5, 3 }, .fill = PROBE_DISTINCT } },
      { 3, 2, 1 },
      .axes = { "nhwc" } },
    { "3x3 stride 2, even", { { { 1, 6, 8, 19 }, .fill = PROBE_DISTINCT } }, { 3, 2, 1 } },
    { "2x2, last row left out", { { { 3, 5, 4, 2 }, .fill = PROBE_DISTINCT } }, { 2, 2, 0 } },
    { "stride above kernel", { { { 1, 8, 7, 2 }, .fill = PROBE_DISTINCT } }, { 1, 3, 0 } },
    { "channels in whole vectors", { { { 2, 5, 6, 8 }, .fill = PROBE_DISTINCT } }, { 3, 2, 1 } },
    { "one pixel", { { { 1, 1, 1, 1 }, .fill = PROBE_DISTINCT } }, { 3, 2, 1 } },
    { 0 },
};

const Op max_pool_op = {
    .name = "max_pool",
    .differentiable = INPUT(0),
    .shape = max_pool_shape,
    .forward = KERNEL(max_pool_forward),
    .backward = KERNEL(max_pool_backward),
    .probe = { build, oracle, max_pool_cases },
};

Node *op_max_pool(Node *x, int kernel, int stride, int padding) {
    const Pool attributes = { kernel, stride, padding };
    return graph_append(&max_pool_op, (Node *[]){ x }, 1, &attributes, sizeof attributes);
}
