/* exp_map.c - the op y = exp_x(v), row by row: the point at time 1 of the geodesic from x with
 * velocity v. Derivation: hyp/ball_maps.h. (Ganea, Becigneul, Hofmann, NeurIPS 2018, eq. 12.)
 */
#include "autograd/probe.h"
#include "hyp/ball_maps.h"
#include "hyp/ops.h"
#include "hyp/row_op.h"
#include "hyp/textbook.h"

static void exp_map_forward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node);
    const real *x = node->inputs[0]->value.data, *v = node->inputs[1]->value.data;
    real *out = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_exp_map(x + row * n, v + row * n, n, c, out + row * n);
}

static void exp_map_backward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real c = ball_curvature(node);
    const real *x = node->inputs[0]->value.data, *v = node->inputs[1]->value.data;
    const real *g = node->gradient.data;
    const Gradient dx = node->input_gradients[0], dv = node->input_gradients[1];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_exp_map_backward(x + row * n, v + row * n, n, c, g + row * n,
                              gradient_row(dx, row * n), gradient_row(dv, row * n));
}

static Node *build(Node *const *in, const double *arguments) {
    return op_exp_map(in[0], in[1] ? in[1] : in[0], (real)arguments[0]);
}

static void oracle(const Node *node, double *out) {
    const int64_t n = shape_last(&node->shape);
    const double c = (double)ball_curvature(node);
    for (int64_t row = 0; row < shape_rows(&node->shape); row++) {
        double x[TEXTBOOK_MAX], v[TEXTBOOK_MAX];
        textbook_row(node->inputs[0]->value.data + row * n, n, x);
        textbook_row(node->inputs[1]->value.data + row * n, n, v);
        textbook_exp_map(x, v, n, c, out + row * n);
    }
}

static const ProbeCase exp_map_cases[] = {
    { "odd",
      { { { 3, 5, 7 }, 0, 0.8, PROBE_BALL }, { { 3, 5, 7 }, -0.3, 0.3 } },
      { 1 },
      .axes = { "nkc", "nkc" } },
    { "wide rows", { { { 4, 67 }, 0.2, 1, PROBE_BALL }, { { 4, 67 }, -0.1, 0.1 } }, { 0.5 } },
    { "at the origin",
      { { { 3, 2 }, 0, 1e-9, PROBE_BALL }, { { 3, 2 }, 0, 1e-9, PROBE_BALL } },
      { 4 } },
    { "one", { { { 1 }, 2, 6, PROBE_BALL }, { { 1 }, 1, 3 } }, { 0.01 } },
    { "an input twice", { { { 3, 4 }, 0, 1, PROBE_BALL } }, { 0.5 } },
    { 0 },
};

const Op exp_map_op = {
    .name = "exp_map",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = ball_same_shape,
    .forward = KERNEL(exp_map_forward),
    .backward = KERNEL(exp_map_backward),
    .probe = { build, oracle, exp_map_cases },
};

Node *op_exp_map(Node *x, Node *v, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&exp_map_op, (Node *[]){ x, v }, 2, &attributes, sizeof attributes);
}
