/* y = the inputs side by side along channels.
 * dx_i = the slice of dy that x_i fills. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "tensor/kernels/vector.h"

static bool concat_shape(Node *node, Error *error) {
    Shape shape = node->inputs[0]->shape;
    if (shape.rank == 0) return error_set(error, "a scalar has no channels");
    for (int i = 1; i < node->input_count; i++) {
        Shape other = node->inputs[i]->shape;
        const int64_t channels = shape_last(&other);
        if (other.rank == shape.rank) other.size[other.rank - 1] = shape_last(&shape);
        if (!shape_equal(&other, &shape))
            return error_set(error, "all sizes but the last must be equal");
        shape.size[shape.rank - 1] += channels;
    }
    node->shape = shape;
    return true;
}

static void concat_forward_cpu(Node *node) {
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    real *y = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * channels))
    for (int64_t row = 0; row < rows; row++) {
        real *to = y + row * channels;
        for (int i = 0; i < node->input_count; i++) {
            const int64_t width = shape_last(&node->inputs[i]->shape);
            vector_copy(to, node->inputs[i]->value.data + row * width, width);
            to += width;
        }
    }
}

static void concat_backward_cpu(Node *node) {
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real *dy = node->gradient.data;
    for (int i = 0; i < node->input_count; i++) {
        const int64_t width = shape_last(&node->inputs[i]->shape);
        const Gradient dx = node->input_gradients[i];
        if (dx.data) {
#pragma omp parallel for schedule(static) if (parallel_pays(rows * width))
            for (int64_t row = 0; row < rows; row++)
                if (dx.accumulate)
                    vector_add(dx.data + row * width, dy + row * channels, width);
                else
                    vector_copy(dx.data + row * width, dy + row * channels, width);
        }
        dy += width;
    }
}

/* All inputs that exist, followed by the first again if arguments[0] says so. */
static Node *build(Node *const *in, const double *arguments) {
    Node *parts[3] = { in[0] };
    int count = 1;
    if (in[1]) parts[count++] = in[1];
    if (arguments[0] != 0) parts[count++] = in[0];
    return op_concat(parts, count);
}

static void oracle(const Node *node, double *y) {
    for (int64_t row = 0; row < shape_rows(&node->shape); row++)
        for (int i = 0; i < node->input_count; i++)
            for (int64_t c = 0, width = shape_last(&node->inputs[i]->shape); c < width; c++)
                *y++ = (double)node->inputs[i]->value.data[row * width + c];
}

static const ProbeCase concat_cases[] = {
    { "odd", { { { 2, 3, 5, 3 } }, { { 2, 3, 5, 7 } } }, .axes = { "nhwa", "nhwb" } },
    { "one of them twice", { { { 5, 1 } }, { { 5, 4 } } }, { 1 } },
    { "vectors", { { { 3 } }, { { 2 } } } },
    { "widths of whole vectors", { { { 3, 4 } }, { { 3, 8 } } }, { 1 } },
    { "one input", { { { 1, 1 } } } },
    { 0 },
};

const Op concat_op = {
    .name = "concat",
    .differentiable = ALL_INPUTS,
    .shape = concat_shape,
    .forward = KERNEL(concat_forward),
    .backward = KERNEL(concat_backward),
    .probe = { build, oracle, concat_cases },
};

Node *op_concat(Node *const *nodes, int count) {
    return graph_append(&concat_op, nodes, count, NULL, 0);
}
