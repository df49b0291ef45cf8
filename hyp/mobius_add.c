/* mobius_add.c - the op z = x (+) y, Moebius addition, row by row. Derivation: hyp/ball.h.
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

static Node *build(Node *const *in, const double *arguments) {
    return op_mobius_add(in[0], in[1] ? in[1] : in[0], (real)arguments[0]);
}

static void oracle(const Node *node, double *out) {
    const int64_t n = shape_last(&node->shape);
    const double c = (double)ball_curvature(node);
    for (int64_t row = 0; row < shape_rows(&node->shape); row++) {
        double x[TEXTBOOK_MAX], y[TEXTBOOK_MAX];
        textbook_row(node->inputs[0]->value.data + row * n, n, x);
        textbook_row(node->inputs[1]->value.data + row * n, n, y);
        textbook_mobius_add(x, y, n, c, out + row * n);
    }
}

static const ProbeCase mobius_add_cases[] = {
    { "odd",
      { { { 3, 5, 7 }, 0, 0.8, PROBE_BALL }, { { 3, 5, 7 }, 0, 0.8, PROBE_BALL } },
      { 1 },
      .axes = { "nkc", "nkc" } },
    { "wide rows",
      { { { 4, 67 }, 0.5, 1.1, PROBE_BALL }, { { 4, 67 }, 0.5, 1.1, PROBE_BALL } },
      { 0.5 } },
    { "at the origin",
      { { { 3, 2 }, 0, 1e-9, PROBE_BALL }, { { 3, 2 }, 0, 1e-9, PROBE_BALL } },
      { 4 } },
    { "one", { { { 1 }, 2, 6, PROBE_BALL }, { { 1 }, 2, 6, PROBE_BALL } }, { 0.01 } },
    { "an input twice", { { { 3, 4 }, 0, 1, PROBE_BALL } }, { 0.5 } },
    { 0 },
};

const Op mobius_add_op = {
    .name = "mobius_add",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = ball_same_shape,
    .forward = KERNEL(mobius_add_forward),
    .backward = KERNEL(mobius_add_backward),
    .probe = { build, oracle, mobius_add_cases },
};

Node *op_mobius_add(Node *x, Node *y, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&mobius_add_op, (Node *[]){ x, y }, 2, &attributes, sizeof attributes);
}
