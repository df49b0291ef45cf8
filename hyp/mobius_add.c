/* z = x (+) y, Moebius addition, row by row. Formula, derivative and their reasons: hyp/ball.h.
 * (Ungar; Ganea, Becigneul, Hofmann, NeurIPS 2018, eq. 4.) */
#include "autograd/probe.h"
#include "hyp/ball.h"
#include "hyp/ops.h"
#include "hyp/row_op.h"
#include "hyp/textbook.h"

static void mobius_add_forward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node);
    const real *x = node->inputs[0]->value.data, *y = node->inputs[1]->value.data;
    real *out = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_mobius_add(x + row * n, y + row * n, n, c, out + row * n);
}

static void mobius_add_backward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node);
    const real *x = node->inputs[0]->value.data, *y = node->inputs[1]->value.data;
    const real *g = node->gradient.data;
    const Gradient dx = node->input_gradients[0], dy = node->input_gradients[1];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_mobius_add_backward(x + row * n, y + row * n, n, c, g + row * n,
                                 gradient_row(dx, row * n), gradient_row(dy, row * n));
}

static Node *build_1(Node *const *in) {
    return op_mobius_add(in[0], in[1], (real)1);
}

static Node *build_0_5(Node *const *in) {
    return op_mobius_add(in[0], in[1], (real)0.5);
}

static Node *build_4(Node *const *in) {
    return op_mobius_add(in[0], in[1], (real)4);
}

static Node *build_0_01(Node *const *in) {
    return op_mobius_add(in[0], in[1], (real)0.01);
}

static Node *build_same(Node *const *in) {
    return op_mobius_add(in[0], in[0], (real)0.5);
}

static void mobius_add_oracle(const Node *node, double *out) {
    const int64_t n = shape_last(&node->shape);
    const double c = (double)ball_curvature(node);
    for (int64_t row = 0; row < shape_rows(&node->shape); row++) {
        double x[TEXTBOOK_MAX], y[TEXTBOOK_MAX];
        textbook_row(node->inputs[0]->value.data + row * n, n, x);
        textbook_row(node->inputs[1]->value.data + row * n, n, y);
        textbook_mobius_add(x, y, n, c, out + row * n);
    }
}

static const ProbeCase mobius_add_probe[] = {
    { "odd",
      2,
      { { { 3, { 3, 5, 7 } }, PROBE_BALL, 0, 0.8 }, { { 3, { 3, 5, 7 } }, PROBE_BALL, 0, 0.8 } },
      build_1,
      mobius_add_oracle,
      false },
    { "wide rows",
      2,
      { { { 2, { 4, 67 } }, PROBE_BALL, 0.5, 1.1 }, { { 2, { 4, 67 } }, PROBE_BALL, 0.5, 1.1 } },
      build_0_5,
      mobius_add_oracle,
      false },
    { "at the origin",
      2,
      { { { 2, { 3, 2 } }, PROBE_BALL, 0, 1e-9 }, { { 2, { 3, 2 } }, PROBE_BALL, 0, 1e-9 } },
      build_4,
      mobius_add_oracle,
      false },
    { "one",
      2,
      { { { 1, { 1 } }, PROBE_BALL, 2, 6 }, { { 1, { 1 } }, PROBE_BALL, 2, 6 } },
      build_0_01,
      mobius_add_oracle,
      false },
    { "an input twice",
      1,
      { { { 2, { 3, 4 } }, PROBE_BALL, 0, 1 } },
      build_same,
      mobius_add_oracle,
      false },
    { 0 }
};

const Op mobius_add_op = {
    .name = "mobius_add",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = ball_same_shape,
    .forward = KERNEL(mobius_add_forward),
    .backward = KERNEL(mobius_add_backward),
    .probe = mobius_add_probe,
};

/* Moebius addition. x, y [...,D]: points of the ball, of one shape. Gives [...,D]. curvature: c >
 * 0. */
Node *op_mobius_add(Node *x, Node *y, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&mobius_add_op, (Node *[]){ x, y }, 2, &attributes, sizeof attributes);
}
