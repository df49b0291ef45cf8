/* y = exp(x) / sum of exp(x), over the channels of each row.
 * dx = y (dy - <dy, y>): the output alone is enough. */
#include "autograd/softmax_row.h"
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/softmax_rows.h"

enum { CHUNK_ROWS = 1024 };

static bool softmax_shape(Node *node, Error *error) {
    node->shape = node->inputs[0]->shape;
    return shape_elements(&node->shape) > 0 || error_set(error, "x must not be empty");
}

static void softmax_forward_cpu(Node *node) {
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real *x = node->inputs[0]->value.data;
    real *y = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row += CHUNK_ROWS)
        softmax_rows(x + row * channels, 1, rows - row < CHUNK_ROWS ? rows - row : CHUNK_ROWS,
                     channels, y + row * channels, NULL);
}

static void softmax_backward_cpu(Node *node) {
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        const real *y = node->value.data + row * channels;
        const real *dy = node->gradient.data + row * channels;
        real inner = 0;
        for (int64_t c = 0; c < channels; c++) inner += y[c] * dy[c];
        for (int64_t c = 0; c < channels; c++)
            gradient_store(dx, row * channels + c, softmax_gradient(y[c], dy[c], inner));
    }
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_softmax(in[0]);
}

static void oracle(const Node *node, double *y) {
    const int64_t channels = shape_last(&node->shape);
    const real *x = node->inputs[0]->value.data;
    for (int64_t row = 0; row < shape_rows(&node->shape); row++, x += channels, y += channels) {
        double total = 0;
        for (int64_t c = 0; c < channels; c++) total += exp((double)x[c]);
        for (int64_t c = 0; c < channels; c++) y[c] = exp((double)x[c]) / total;
    }
}

static const ProbeCase softmax_cases[] = {
    { "odd", { { { 2, 3, 5, 7 }, -3, 3 } }, .axes = { "nhwc" } },
    { "more rows than are transposed at once", { { { 67, 6 }, -3, 3 } } },
    { "one channel", { { { 3, 1 }, -3, 3 } } },
    { "a vector", { { { 33 }, -3, 3 } } },
    { 0 },
};

const Op softmax_op = {
    .name = "softmax",
    .differentiable = INPUT(0),
    .backward_reads = OUTPUT,
    .shape = softmax_shape,
    .forward = KERNEL(softmax_forward),
    .backward = KERNEL(softmax_backward),
    .probe = { build, oracle, softmax_cases },
};

Node *op_softmax(Node *x) {
    return graph_append(&softmax_op, (Node *[]){ x }, 1, NULL, 0);
}
