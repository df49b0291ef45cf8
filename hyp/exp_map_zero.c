/* y = exp_0(u) = tanh(z)/z u, z = sqrt(c)|u|, row by row: from the tangent space at the origin into
 * the Poincare ball. Formula, derivative and their reasons: hyp/ball.h. (Ganea, Becigneul, Hofmann,
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

static Node *build_1(Node *const *in) {
    return op_exp_map_zero(in[0], (real)1);
}

static Node *build_0_5(Node *const *in) {
    return op_exp_map_zero(in[0], (real)0.5);
}

static Node *build_4(Node *const *in) {
    return op_exp_map_zero(in[0], (real)4);
}

static Node *build_0_01(Node *const *in) {
    return op_exp_map_zero(in[0], (real)0.01);
}

static void exp_map_zero_oracle(const Node *node, double *out) {
    const int64_t n = shape_last(&node->shape);
    const double c = (double)ball_curvature(node);
    for (int64_t row = 0; row < shape_rows(&node->shape); row++) {
        double u[TEXTBOOK_MAX];
        textbook_row(node->inputs[0]->value.data + row * n, n, u);
        textbook_exp_map_zero(u, n, c, out + row * n);
    }
}

static const ProbeCase exp_map_zero_probe[] = {
    { "odd",
      1,
      { { { 3, { 3, 5, 7 } }, PROBE_UNIFORM, -1, 1 } },
      build_1,
      exp_map_zero_oracle,
      false },
    { "long vectors, wide rows",
      1,
      { { { 2, { 4, 67 } }, PROBE_UNIFORM, -1, 1 } },
      build_0_5,
      exp_map_zero_oracle,
      false },
    { "at the origin",
      1,
      { { { 2, { 3, 2 } }, PROBE_UNIFORM, -1e-9, 1e-9 } },
      build_4,
      exp_map_zero_oracle,
      false },
    { "one",
      1,
      { { { 1, { 1 } }, PROBE_UNIFORM, 0.5, 1 } },
      build_0_01,
      exp_map_zero_oracle,
      false },
    { 0 }
};

const Op exp_map_zero_op = {
    .name = "exp_map_zero",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(0),
    .shape = ball_same_shape,
    .forward = KERNEL(exp_map_zero_forward),
    .backward = KERNEL(exp_map_zero_backward),
    .probe = exp_map_zero_probe,
};

/* The exponential map at the origin. u [...,D]: tangent vectors. Gives [...,D], points with c|y|^2
 * < 1 (up to rounding). curvature: c > 0, the ball's sectional curvature is -c. */
Node *op_exp_map_zero(Node *u, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&exp_map_zero_op, (Node *[]){ u }, 1, &attributes, sizeof attributes);
}
