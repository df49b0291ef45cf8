/* y = log(1 + (a - b)^2), element by element; a and b of one shape.
 * da = 2 (a - b) / (1 + (a - b)^2) dy, db = -da: never larger than dy, however far apart a
 * and b are. */
#include "autograd/ops.h"
#include "autograd/pointwise.h"
#include "autograd/probe.h"

static bool log1p_squared_difference_shape(Node *node, Error *error) {
    const Shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    node->shape = *a;
    return shape_equal(a, b) || error_set(error, "the shapes must be equal");
}

static void log1p_squared_difference_forward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    real *y = node->value.data;
#pragma omp parallel for simd schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) y[i] = log1p_square_value(a[i] - b[i]);
}

static void log1p_squared_difference_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    const real *dy = node->gradient.data;
    const Gradient da = node->input_gradients[0], db = node->input_gradients[1];
#pragma omp parallel for schedule(static) if (da.data && parallel_pays(n))
    for (int64_t i = 0; i < (da.data ? n : 0); i++)
        gradient_store(da, i, log1p_square_gradient(a[i] - b[i]) * dy[i]);
#pragma omp parallel for schedule(static) if (db.data && parallel_pays(n))
    for (int64_t i = 0; i < (db.data ? n : 0); i++)
        gradient_store(db, i, log1p_square_gradient(b[i] - a[i]) * dy[i]);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_log1p_squared_difference(in[0], in[1] ? in[1] : in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data, *z = node->inputs[1]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        const double a = (double)x[i], b = (double)z[i];
        y[i] = log1p((a - b) * (a - b));
    }
}

static const ProbeCase log1p_squared_difference_cases[] = {
    { "odd", { { { 2, 5, 3 } }, { { 2, 5, 3 } } }, .axes = { "abc", "abc" } },
    { "one element", { { { 1 } }, { { 1 } } } },
    { "with itself", { { { 7 } } } },
    { 0 },
};

const Op log1p_squared_difference_op = {
    .name = "log1p_squared_difference",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = log1p_squared_difference_shape,
    .forward = KERNEL(log1p_squared_difference_forward),
    .backward = KERNEL(log1p_squared_difference_backward),
    .probe = { build, oracle, log1p_squared_difference_cases },
};

Node *op_log1p_squared_difference(Node *a, Node *b) {
    return graph_append(&log1p_squared_difference_op, (Node *[]){ a, b }, 2, NULL, 0);
}
