/* log_map_zero.c - the op u = log_0(y) = artanh(z)/z y, z = sqrt(c)|y|, row by row: from the
 * Poincare ball back to the tangent space at its origin. Derivation: hyp/ball.h. (Ganea, Becigneul,
 * Hofmann, NeurIPS 2018, eq. 11.) */
#include "autograd/probe.h"
#include "hyp/ball.h"
#include "hyp/ops.h"
#include "hyp/row_op.h"
#include "hyp/textbook.h"

static void log_map_zero_forward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node), *y = node->inputs[0]->value.data;
    real *out = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++) ball_log_map_zero(y + row * n, n, c, out + row * n);
}

static void log_map_zero_backward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node), *y = node->inputs[0]->value.data;
    const real *g = node->gradient.data;
    const Gradient dy = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_log_map_zero_backward(y + row * n, n, c, g + row * n, gradient_row(dy, row * n));
}

static Node *build(Node *const *in, const double *arguments) {
    return op_log_map_zero(in[0], (real)arguments[0]);
}

static void oracle(const Node *node, double *out) {
    const int64_t n = shape_last(&node->shape);
    const double c = (double)ball_curvature(node);
    for (int64_t row = 0; row < shape_rows(&node->shape); row++) {
        double y[TEXTBOOK_MAX];
        textbook_row(node->inputs[0]->value.data + row * n, n, y);
        textbook_log_map_zero(y, n, c, out + row * n);
    }
}

static const ProbeCase log_map_zero_cases[] = {
    { "odd", { { { 3, 5, 7 }, 0, 0.9, PROBE_BALL } }, { 1 }, .axes = { "nkc" } },
    { "wide rows", { { { 4, 67 }, 0.5, 1.3, PROBE_BALL } }, { 0.5 } },
    { "at the origin", { { { 3, 2 }, 0, 1e-9, PROBE_BALL } }, { 4 } },
    { "one", { { { 1 }, 2, 8, PROBE_BALL } }, { 0.01 } },
    { 0 },
};

const Op log_map_zero_op = {
    .name = "log_map_zero",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(0),
    .shape = ball_same_shape,
    .forward = KERNEL(log_map_zero_forward),
    .backward = KERNEL(log_map_zero_backward),
    .probe = { build, oracle, log_map_zero_cases },
};

Node *op_log_map_zero(Node *y, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&log_map_zero_op, (Node *[]){ y }, 1, &attributes, sizeof attributes);
}
