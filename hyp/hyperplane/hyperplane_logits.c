/* l_k = lambda_p |a| d_k: the logit of class k, a multiple of the signed distance d_k of x =
 * exp_0(u) to the Poincare hyperplane of point p_k and normal a_k. (Ganea, Becigneul, Hofmann,
 * "Hyperbolic Neural Networks", NeurIPS 2018, eq. 25.) Formula, derivative and their reasons:
 * hyp/hyperplane/hyperplane.h; the kernels: hyp/hyperplane/hyperplane_op.c. */
#include "autograd/probe.h"
#include "hyp/hyperplane/hyperplane_op.h"
#include "hyp/ops.h"

static void hyperplane_logits_forward_cpu(Node *node) {
    hyperplane_forward_cpu(node, true);
}

static void hyperplane_logits_backward_cpu(Node *node) {
    hyperplane_backward_cpu(node, true);
}

static Node *build_1(Node *const *in) {
    return op_hyperplane_logits(in[0], in[1], in[2], (real)1);
}

static Node *build_0_01(Node *const *in) {
    return op_hyperplane_logits(in[0], in[1], in[2], (real)0.01);
}

static Node *build_4(Node *const *in) {
    return op_hyperplane_logits(in[0], in[1], in[2], (real)4);
}

static void hyperplane_logits_oracle(const Node *node, double *out) {
    hyperplane_oracle(node, true, out);
}

static const ProbeCase hyperplane_logits_probe[] = {
    { "odd",
      3,
      { { { 3, { 3, 5, 7 } }, PROBE_UNIFORM, -1, 1 },
        { { 2, { 3, 7 } }, PROBE_BALL, 0, 0.8 },
        { { 2, { 3, 7 } }, PROBE_UNIFORM, -2, 2 } },
      build_1,
      hyperplane_logits_oracle,
      false },
    { "wide rows, small curvature",
      3,
      { { { 2, { 5, 67 } }, PROBE_BALL, 0, 15 },
        { { 2, { 2, 67 } }, PROBE_BALL, 0, 8 },
        { { 2, { 2, 67 } }, PROBE_UNIFORM, -2, 2 } },
      build_0_01,
      hyperplane_logits_oracle,
      false },
    { "at the origin",
      3,
      { { { 2, { 4, 3 } }, PROBE_UNIFORM, -1e-9, 1e-9 },
        { { 2, { 5, 3 } }, PROBE_BALL, 0, 0.4 },
        { { 2, { 5, 3 } }, PROBE_UNIFORM, -2, 2 } },
      build_4,
      hyperplane_logits_oracle,
      false },
    { "one",
      3,
      { { { 1, { 1 } }, PROBE_UNIFORM, 0.5, 1 },
        { { 2, { 1, 1 } }, PROBE_BALL, 0.3, 0.6 },
        { { 2, { 1, 1 } }, PROBE_UNIFORM, 1, 2 } },
      build_1,
      hyperplane_logits_oracle,
      false },
    { "more than one chunk of rows",
      3,
      { { { 4, { 1, 29, 23, 2 } }, PROBE_UNIFORM, -1, 1 },
        { { 2, { 2, 2 } }, PROBE_BALL, 0, 0.8 },
        { { 2, { 2, 2 } }, PROBE_UNIFORM, -2, 2 } },
      build_1,
      hyperplane_logits_oracle,
      false },
    { "more classes than a vector holds",
      3,
      { { { 2, { 67, 5 } }, PROBE_UNIFORM, -1, 1 },
        { { 2, { 18, 5 } }, PROBE_BALL, 0, 0.8 },
        { { 2, { 18, 5 } }, PROBE_UNIFORM, -2, 2 } },
      build_1,
      hyperplane_logits_oracle,
      false },
    { 0 }
};

const Op hyperplane_logits_op = {
    .name = "hyperplane_logits",
    .differentiable = INPUT(0) | INPUT(1) | INPUT(2),
    .backward_reads = INPUT(0) | OUTPUT,
    .shape = hyperplane_shape,
    .forward = KERNEL(hyperplane_logits_forward),
    .backward = KERNEL(hyperplane_logits_backward),
    .probe = hyperplane_logits_probe,
    .multiply_adds = hyperplane_multiply_adds,
};

/* Hyperbolic logits, straight from tangent vectors: no exp_map_zero is to be applied before. u
 * [...,D]; points [K,D], in the ball; normals [K,D], any length. Gives [...,K]. curvature: c > 0.
 * Near the origin, or as c -> 0, it is 4 [u - p, a]. */
Node *op_hyperplane_logits(Node *u, Node *points, Node *normals, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&hyperplane_logits_op, (Node *[]){ u, points, normals }, 3, &attributes,
                        sizeof attributes);
}
