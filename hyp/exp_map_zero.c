/* exp_map_zero.c - the op y = exp_0(u) = tanh(z)/z u, z = sqrt(c)|u|, row by row: from the tangent
 * space at the origin into the Poincare ball. Derivation: hyp/ball.h. (Ganea, Becigneul, Hofmann,
 * NeurIPS 2018, eq. 11.) */
#include "autograd/probe.h"
#include "hyp/ball.h"
#include "hyp/ops.h"
#include "hyp/row_op.h"
#include "hyp/textbook.h"

static void exp_map_zero_forward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node), *u = node->inputs[0]->value.data;
    real *out = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++) ball_exp_map_zero(u + row * n, n, c, out + row * n);
}

static void exp_map_zero_backward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node), *u = node->inputs[0]->value.data;
    const real *g = node->gradient.data;
    const Gradient du = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_exp_map_zero_backward(u + row * n, n, c, g + row * n, gradient_row(du, row * n));
}

static Node *build(Node *const *in, const double *arguments) {
    return op_exp_map_zero(in[0], (real)arguments[0]);
}

static void oracle(const Node *node, double *out) {
    const int64_t n = shape_last(&node->shape);
    const double c = (double)ball_curvature(node);
    for (int64_t row = 0; row < shape_rows(&node->shape); row++) {
        double u[TEXTBOOK_MAX];
        textbook_row(node->inputs[0]->value.data + row * n, n, u);
        textbook_exp_map_zero(u, n, c, out + row * n);
    }
}

static const ProbeCase exp_map_zero_cases[] = {
    { "odd", { { { 3, 5, 7 }, -1, 1 } }, { 1 }, .axes = { "nkc" } },
    { "long vectors, wide rows", { { { 4, 67 }, -1, 1 } }, { 0.5 } },
    { "at the origin", { { { 3, 2 }, -1e-9, 1e-9 } }, { 4 } },
    { "one", { { { 1 }, 0.5, 1 } }, { 0.01 } },
    { 0 },
};

const Op exp_map_zero_op = {
    .name = "exp_map_zero",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(0),
    .shape = ball_same_shape,
    .forward = KERNEL(exp_map_zero_forward),
    .backward = KERNEL(exp_map_zero_backward),
    .probe = { build, oracle, exp_map_zero_cases },
};

Node *op_exp_map_zero(Node *u, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&exp_map_zero_op, (Node *[]){ u }, 1, &attributes, sizeof attributes);
}
