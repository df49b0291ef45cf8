/* y[b,c] = mean of x[b,h,w,c] over the n pixels (h, w).
 * dx[b,h,w,c] = dy[b,c] / n. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/row_chunks.h"

static Shape one_image(const Shape *x) {
    return shape_3(x->size[1], x->size[2], x->size[3]);
}

static bool global_average_pool_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape;
    if (x->rank != 4 || shape_elements(x) == 0)
        return error_set(error, "x must be [B,H,W,C] and not empty");
    const Shape image = one_image(x);
    node->shape = shape_2(x->size[0], x->size[3]);
    node_save(node, column_sums_room(&image));
    return true;
}

static void global_average_pool_forward_cpu(Node *node) {
    const Node *x = node->inputs[0];
    const Shape image = one_image(&x->shape);
    const RowChunks split = row_chunks(&image);
    for (int64_t batch = 0; batch < node->shape.size[0]; batch++) {
        real *y = node->value.data + batch * split.channels;
        column_sums(&split, x->value.data + batch * split.elements, NULL, node->saved[0].data, y);
        for (int64_t c = 0; c < split.channels; c++) y[c] /= (real)shape_rows(&image);
    }
}

static void global_average_pool_backward_cpu(Node *node) {
    const Shape *x = &node->inputs[0]->shape;
    const int64_t channels = x->size[3], pixels = x->size[1] * x->size[2], rows = shape_rows(x);
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        const real *dy = node->gradient.data + row / pixels * channels;
        for (int64_t c = 0; c < channels; c++)
            gradient_store(dx, row * channels + c, dy[c] / (real)pixels);
    }
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_global_average_pool(in[0]);
}

static void oracle(const Node *node, double *y) {
    const Shape *x = &node->inputs[0]->shape;
    const int64_t channels = x->size[3], pixels = x->size[1] * x->size[2];
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = 0;
    for (int64_t i = 0; i < shape_elements(x); i++)
        y[i / channels / pixels * channels + i % channels] +=
            (double)node->inputs[0]->value.data[i] / (double)pixels;
}

static const ProbeCase global_average_pool_cases[] = {
    { "odd", { { { 3, 5, 7, 3 } } }, .axes = { "nhwc" } },
    { "several chunks", { { { 2, 27, 41, 2 } } } },
    { "wide", { { { 2, 2, 3, 131 } } } },
    { "one pixel", { { { 1, 1, 1, 1 } } } },
    { 0 },
};

const Op global_average_pool_op = {
    .name = "global_average_pool",
    .differentiable = INPUT(0),
    .shape = global_average_pool_shape,
    .forward = KERNEL(global_average_pool_forward),
    .backward = KERNEL(global_average_pool_backward),
    .probe = { build, oracle, global_average_pool_cases },
};

Node *op_global_average_pool(Node *x) {
    return graph_append(&global_average_pool_op, (Node *[]){ x }, 1, NULL, 0);
}
