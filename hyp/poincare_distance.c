/* poincare_distance.c - the op d = dist(a, b), row by row: the length of the geodesic between two
 * points of the Poincare ball. It uses asinh; the usual arccosh has an infinite derivative at a =
 * b. Derivation: hyp/ball.h. */
#include "autograd/probe.h"
#include "hyp/ball.h"
#include "hyp/ops.h"
#include "hyp/row_op.h"
#include "hyp/textbook.h"

static bool poincare_distance_shape(Node *node, Error *error) {
    if (node->inputs[0]->shape.rank == 0) return error_set(error, "a scalar is no point");
    if (!ball_same_shape(node, error)) return false;
    node->shape.rank--;
    node->shape.size[node->shape.rank] = 0;
    return true;
}

static void poincare_distance_forward_cpu(Node *node) {
    const Shape *shape = &node->inputs[0]->shape;
    const int64_t n = shape_last(shape), rows = shape_rows(shape);
    const real c = ball_curvature(node);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    real *d = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++) d[row] = ball_distance(a + row * n, b + row * n, n, c);
}

static void poincare_distance_backward_cpu(Node *node) {
    const Shape *shape = &node->inputs[0]->shape;
    const int64_t n = shape_last(shape), rows = shape_rows(shape);
    const real c = ball_curvature(node);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    const real *g = node->gradient.data;
    const Gradient da = node->input_gradients[0], db = node->input_gradients[1];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_distance_backward(a + row * n, b + row * n, n, c, g[row], gradient_row(da, row * n),
                               gradient_row(db, row * n));
}

static Node *build(Node *const *in, const double *arguments) {
    return op_poincare_distance(in[0], in[1] ? in[1] : in[0], (real)arguments[0]);
}

static void oracle(const Node *node, double *d) {
    const Shape *shape = &node->inputs[0]->shape;
    const int64_t n = shape_last(shape);
    for (int64_t row = 0; row < shape_rows(shape); row++) {
        double a[TEXTBOOK_MAX], b[TEXTBOOK_MAX];
        textbook_row(node->inputs[0]->value.data + row * n, n, a);
        textbook_row(node->inputs[1]->value.data + row * n, n, b);
        d[row] = textbook_distance(a, b, n, (double)ball_curvature(node));
    }
}

static const ProbeCase poincare_distance_cases[] = {
    { "odd",
      { { { 3, 5, 7 }, 0.1, 0.8, PROBE_BALL }, { { 3, 5, 7 }, 0, 0.8, PROBE_BALL } },
      { 1 },
      .axes = { "nkc", "nkc" } },
    { "wide rows", { { { 4, 67 }, 4, 9, PROBE_BALL }, { { 4, 67 }, 4, 9, PROBE_BALL } }, { 0.01 } },
    { "one", { { { 1 }, 2, 4, PROBE_BALL }, { { 1 }, 5, 7, PROBE_BALL } }, { 0.01 } },
    { "a point and itself", { { { 3, 4 }, 0, 1, PROBE_BALL } }, { 0.5 } },
    { 0 },
};

const Op poincare_distance_op = {
    .name = "poincare_distance",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = poincare_distance_shape,
    .forward = KERNEL(poincare_distance_forward),
    .backward = KERNEL(poincare_distance_backward),
    .probe = { build, oracle, poincare_distance_cases },
};

Node *op_poincare_distance(Node *a, Node *b, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&poincare_distance_op, (Node *[]){ a, b }, 2, &attributes,
                        sizeof attributes);
}
