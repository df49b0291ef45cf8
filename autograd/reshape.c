/* y = the elements of x, in the same order, under another shape.
 * dx = dy. */
#include "autograd/ops.h"
#include "autograd/probe.h"

static bool reshape_shape(Node *node, Error *error) {
    const Shape *to = node->attributes;
    node->shape = *to;
    for (int i = 0; i < to->rank; i++)
        if (to->size[i] < 0) return error_set(error, "the shape %s", shape_text(to).text);
    return shape_elements(to) == shape_elements(&node->inputs[0]->shape) ||
           error_set(error, "%s has another number of elements", shape_text(to).text);
}

static void reshape_forward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *x = node->inputs[0]->value.data;
    real *y = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) y[i] = x[i];
}

static void reshape_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *dy = node->gradient.data;
    const Gradient dx = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) gradient_store(dx, i, dy[i]);
}

/* To a vector, or to a scalar where arguments[0] says so. */
static Node *build(Node *const *in, const double *arguments) {
    return op_reshape(in[0],
                      arguments[0] != 0 ? shape_0() : shape_1(shape_elements(&in[0]->shape)));
}

static void oracle(const Node *node, double *y) {
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        y[i] = (double)node->inputs[0]->value.data[i];
}

static const ProbeCase reshape_cases[] = {
    { "to a vector", { { { 3, 5, 7 } } }, .axes = { "abc" } },
    { "to a scalar", { { { 1, 1 } } }, { 1 } },
    { 0 },
};

const Op reshape_op = {
    .name = "reshape",
    .differentiable = INPUT(0),
    .shape = reshape_shape,
    .forward = KERNEL(reshape_forward),
    .backward = KERNEL(reshape_backward),
    .probe = { build, oracle, reshape_cases },
};

Node *op_reshape(Node *x, Shape shape) {
    return graph_append(&reshape_op, (Node *[]){ x }, 1, &shape, sizeof shape);
}
