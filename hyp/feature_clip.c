/* feature_clip.c - the op v = u min(1, r/|u|), row by row. Clipping tangent vectors before
 * exp_map_zero keeps points away from the boundary of the ball (Guo, Wang, Chen, Yu, "Clipped
 * Hyperbolic Classifiers Are Super-Hyperbolic Classifiers", CVPR 2022). The derivative is that of
 * ball_clip in hyp/ball.h. */
#include "hyp/feature_clip.h"
#include "autograd/probe.h"
#include "hyp/ball.h"
#include "hyp/ops.h"
#include "hyp/row_op.h"

static bool feature_clip_shape(Node *node, Error *error) {
    const real radius = ((const FeatureClip *)node->attributes)->radius;
    node->shape = node->inputs[0]->shape;
    return (radius > 0 && radius <= REAL_MAX) ||
           error_set(error, "the radius and the curvature must be positive numbers");
}

static void feature_clip_forward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real radius = ((const FeatureClip *)node->attributes)->radius;
    const real *u = node->inputs[0]->value.data;
    real *v = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++) ball_clip(u + row * n, n, radius, v + row * n);
}

static void feature_clip_backward_cpu(Node *node) {
    const int64_t n = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real radius = ((const FeatureClip *)node->attributes)->radius;
    const real *u = node->inputs[0]->value.data, *g = node->gradient.data;
    const Gradient du = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t row = 0; row < rows; row++)
        ball_clip_backward(u + row * n, n, radius, g + row * n, gradient_row(du, row * n));
}

static Node *build(Node *const *in, const double *arguments) {
    return op_feature_clip(in[0], 1, (real)arguments[0]);
}

static void oracle(const Node *node, double *v) {
    const int64_t n = shape_last(&node->shape);
    const real *u = node->inputs[0]->value.data;
    for (int64_t row = 0; row < shape_rows(&node->shape); row++, u += n, v += n) {
        double square = 0;
        for (int64_t i = 0; i < n; i++) square += (double)u[i] * (double)u[i];
        for (int64_t i = 0; i < n; i++) v[i] = u[i] * (square > 4 ? 2 / sqrt(square) : 1);
    }
}

static const ProbeCase feature_clip_cases[] = {
    /* A clipped row of one channel is constant: its measured slope would be rounding alone. */
    { "clipped", { { { 3, 5, 7 }, 2.1, 30, PROBE_BALL } }, { 0.25 }, .axes = { "nk." } },
    { "kept", { { { 5, 67 }, 0, 1.9, PROBE_BALL } }, { 0.25 }, .axes = { "nc" } },
    { "one", { { { 1 }, 3, 4, PROBE_BALL } }, { 0.25 } },
    { 0 },
};

const Op feature_clip_op = {
    .name = "feature_clip",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(0),
    .shape = feature_clip_shape,
    .forward = KERNEL(feature_clip_forward),
    .backward = KERNEL(feature_clip_backward),
    .probe = { build, oracle, feature_clip_cases },
};

Node *op_feature_clip(Node *u, real scaled_radius, real curvature) {
    const FeatureClip attributes = { scaled_radius / sqrt(curvature) };
    return graph_append(&feature_clip_op, (Node *[]){ u }, 1, &attributes, sizeof attributes);
}
