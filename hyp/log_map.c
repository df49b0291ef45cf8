/* log_map.c - the op v = log_x(y), row by row: the velocity at x of the geodesic that reaches y at
 * time 1. Derivation: hyp/ball_maps.h. (Ganea, Becigneul, Hofmann, NeurIPS 2018, eq. 12.)
 */
#include "autograd/probe.h"
#include "hyp/ball_maps.h"
#include "hyp/ops.h"
#include "hyp/row_op.h"
#include "hyp/textbook.h"

static void log_map_forward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node);
    const real *x = node->inputs[0]->value.data, *y = node->inputs[1]->value.data;
    real *out = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_log_map(x + row * n, y + row * n, n, c, out + row * n);
}

static void log_map_backward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node);
    const real *x = node->inputs[0]->value.data, *y = node->inputs[1]->value.data;
    const real *g = node->gradient.data;
    const Gradient dx = node->input_gradients[0], dy = node->input_gradients[1];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_log_map_backward(x + row * n, y + row * n, n, c, g + row * n,
                              gradient_row(dx, row * n), gradient_row(dy, row * n));
}

static Node *build(Node *const *in, const double *arguments) {
    return op_log_map(in[0], in[1], (real)arguments[0]);
}

static void oracle(const Node *node, double *out) {
    const int64_t n = shape_last(&node->shape);
    const double c = (double)ball_curvature(node);
    for (int64_t row = 0; row < shape_rows(&node->shape); row++) {
        double x[TEXTBOOK_MAX], y[TEXTBOOK_MAX];
        textbook_row(node->inputs[0]->value.data + row * n, n, x);
        textbook_row(node->inputs[1]->value.data + row * n, n, y);
        textbook_log_map(x, y, n, c, out + row * n);
    }
}

static const ProbeCase log_map_cases[] = {
    { "odd",
      { { { 3, 5, 7 }, 0, 0.8, PROBE_BALL }, { { 3, 5, 7 }, 0, 0.8, PROBE_BALL } },
      { 1 },
      .axes = { "nkc", "nkc" } },
    { "wide rows",
      { { { 4, 67 }, 0.2, 1, PROBE_BALL }, { { 4, 67 }, 0.2, 1, PROBE_BALL } },
      { 0.5 } },
    { "at the origin",
      { { { 3, 2 }, 0, 1e-9, PROBE_BALL }, { { 3, 2 }, 0, 1e-9, PROBE_BALL } },
      { 4 } },
    { "one", { { { 1 }, 2, 4, PROBE_BALL }, { { 1 }, 5, 7, PROBE_BALL } }, { 0.01 } },
    { 0 },
};

const Op log_map_op = {
    .name = "log_map",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = ball_same_shape,
    .forward = KERNEL(log_map_forward),
    .backward = KERNEL(log_map_backward),
    .probe = { build, oracle, log_map_cases },
};

Node *op_log_map(Node *x, Node *y, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&log_map_op, (Node *[]){ x, y }, 2, &attributes, sizeof attributes);
}
