/* Mean of each window: y[b,oh,ow,c] = 1/k^2 sum of x[b, oh s + i - p, ow s + j - p, c],
 * 0 <= i, j < k; the padding counts as zeros, as is PyTorch's default.
 * dx: every position adds up dy / k^2 of the windows that cover it, gathered in a fixed order. */
#include "autograd/ops.h"
#include "autograd/pool.h"
#include "autograd/probe.h"

static void add_row(const real *restrict x, int64_t channels, real *restrict sum) {
    for (int64_t c = 0; c < channels; c++) sum[c] += x[c];
}

static void average_pool_forward_cpu(Node *node) {
    const Pool pool = *(const Pool *)node->attributes;
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int64_t channels = in->size[3], rows = out->size[0] * out->size[1];
    const real share = 1 / (real)(pool.kernel * pool.kernel);
#pragma omp parallel for schedule(static) if (parallel_pays(shape_elements(out)))
    for (int64_t row = 0; row < rows; row++) {
        const int64_t batch = row / out->size[1];
        const Span high = pool_window(&pool, (int)(row % out->size[1]), (int)in->size[1]);
        for (int64_t ow = 0; ow < out->size[2]; ow++) {
            const Span wide = pool_window(&pool, (int)ow, (int)in->size[2]);
            real *y = node->value.data + (row * out->size[2] + ow) * channels;
            for (int64_t c = 0; c < channels; c++) y[c] = 0;
            for (int64_t h = high.first; h < high.end; h++)
                for (int64_t w = wide.first; w < wide.end; w++)
                    add_row(node->inputs[0]->value.data +
                                ((batch * in->size[1] + h) * in->size[2] + w) * channels,
                            channels, y);
            for (int64_t c = 0; c < channels; c++) y[c] *= share;
        }
    }
}

static void add_share(const real *restrict dy, real share, int64_t channels, real *restrict dx) {
    for (int64_t c = 0; c < channels; c++) dx[c] += share * dy[c];
}

static void average_pool_backward_cpu(Node *node) {
    const Pool pool = *(const Pool *)node->attributes;
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int64_t channels = in->size[3], rows = in->size[0] * in->size[1];
    const real share = 1 / (real)(pool.kernel * pool.kernel);
    const Gradient gradient = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(shape_elements(in)))
    for (int64_t row = 0; row < rows; row++) {
        const int64_t batch = row / in->size[1];
        const Span high = pool_covering(&pool, (int)(row % in->size[1]), (int)out->size[1]);
        for (int64_t w = 0; w < in->size[2]; w++) {
            const Span wide = pool_covering(&pool, (int)w, (int)out->size[2]);
            real *dx = gradient.data + (row * in->size[2] + w) * channels;
            for (int64_t c = 0; !gradient.accumulate && c < channels; c++) dx[c] = 0;
            for (int64_t oh = high.first; oh < high.end; oh++)
                for (int64_t ow = wide.first; ow < wide.end; ow++)
                    add_share(node->gradient.data +
                                  ((batch * out->size[1] + oh) * out->size[2] + ow) * channels,
                              share, channels, dx);
        }
    }
}

static Node *build(Node *const *in, const double *arguments) {
    return op_average_pool(in[0], (int)arguments[0], (int)arguments[1], (int)arguments[2]);
}

static void oracle(const Node *node, double *y) {
    const Pool *pool = node->attributes;
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int64_t channels = in->size[3], kernel = pool->kernel;
    for (int64_t i = 0; i < shape_elements(out); i++) {
        const int64_t c = i % channels, ow = i / channels % out->size[2];
        const int64_t oh = i / channels / out->size[2] % out->size[1];
        const int64_t batch = i / channels / out->size[2] / out->size[1];
        y[i] = 0;
        for (int64_t k = 0; k < kernel * kernel; k++) {
            const int64_t h = oh * pool->stride + k / kernel - pool->padding;
            const int64_t w = ow * pool->stride + k % kernel - pool->padding;
            if (h < 0 || h >= in->size[1] || w < 0 || w >= in->size[2]) continue;
            const int64_t at = ((batch * in->size[1] + h) * in->size[2] + w) * channels + c;
            y[i] += (double)node->inputs[0]->value.data[at] / (double)(kernel * kernel);
        }
    }
}

static const ProbeCase average_pool_cases[] = {
    { "3x3 stride 2, odd", { { { 2, 7, 5, 3 } } }, { 3, 2, 1 }, .axes = { "nhwc" } },
    { "3x3 stride 2, even", { { { 1, 6, 8, 19 } } }, { 3, 2, 1 } },
    { "2x2, last row left out", { { { 3, 5, 4, 2 } } }, { 2, 2, 0 } },
    { "stride above kernel", { { { 1, 8, 7, 2 } } }, { 1, 3, 0 } },
    { "channels in whole vectors", { { { 2, 5, 6, 8 } } }, { 3, 2, 1 } },
    { "one pixel", { { { 1, 1, 1, 1 } } }, { 3, 2, 1 } },
    { 0 },
};

const Op average_pool_op = {
    .name = "average_pool",
    .differentiable = INPUT(0),
    .shape = pool_shape,
    .forward = KERNEL(average_pool_forward),
    .backward = KERNEL(average_pool_backward),
    .probe = { build, oracle, average_pool_cases },
};

Node *op_average_pool(Node *x, int kernel, int stride, int padding) {
    const Pool attributes = { kernel, stride, padding };
    return graph_append(&average_pool_op, (Node *[]){ x }, 1, &attributes, sizeof attributes);
}
