/* y = a b, element by element; a and b of one shape.
 * da = b dy, db = a dy. */
#include "autograd/ops.h"
#include "autograd/probe.h"

static bool multiply_shape(Node *node, Error *error) {
    const Shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    node->shape = *a;
    return shape_equal(a, b) || error_set(error, "the shapes must be equal");
}

static void multiply_forward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    real *y = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}

static void multiply_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->shape);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    const real *dy = node->gradient.data;
    const Gradient da = node->input_gradients[0], db = node->input_gradients[1];
#pragma omp parallel for schedule(static) if (da.data && parallel_pays(n))
    for (int64_t i = 0; i < (da.data ? n : 0); i++) gradient_store(da, i, b[i] * dy[i]);
#pragma omp parallel for schedule(static) if (db.data && parallel_pays(n))
    for (int64_t i = 0; i < (db.data ? n : 0); i++) gradient_store(db, i, a[i] * dy[i]);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_multiply(in[0], in[1] ? in[1] : in[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data, *z = node->inputs[1]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        const double a = (double)x[i], b = (double)z[i];
        y[i] = a * b;
    }
}

static const ProbeCase multiply_cases[] = {
    { "odd", { { { 2, 5, 3 } }, { { 2, 5, 3 } } }, .axes = { "abc", "abc" } },
    { "one element", { { { 1 } }, { { 1 } } } },
    { "with itself", { { { 7 } } } },
    { 0 },
};

const Op multiply_op = {
    .name = "multiply",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = multiply_shape,
    .forward = KERNEL(multiply_forward),
    .backward = KERNEL(multiply_backward),
    .probe = { build, oracle, multiply_cases },
};

Node *op_multiply(Node *a, Node *b) {
    return graph_append(&multiply_op, (Node *[]){ a, b }, 2, NULL, 0);
}
