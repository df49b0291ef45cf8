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

static Node *build(Node *const *in, const double *arguments) {
    return op_hyperplane_logits(in[0], in[1], in[2], (real)arguments[0]);
}

static void oracle(const Node *node, double *out) {
    hyperplane_oracle(node, true, out);
}

static const ProbeCase hyperplane_logits_cases[] = {
    /* In one dimension (case "one") the gradient of a normal is rounding alone: among many rows it
     * has no size by which two devices could be compared. */
    { "odd",
      { { { 3, 5, 7 }, -1, 1 }, { { 3, 7 }, 0, 0.8, PROBE_BALL }, { { 3, 7 }, -2, 2 } },
      { 1 },
      .axes = { "nk.", "o.", "o." } },
    { "wide rows, small curvature",
      { { { 5, 67 }, 0, 15, PROBE_BALL }, { { 2, 67 }, 0, 8, PROBE_BALL }, { { 2, 67 }, -2, 2 } },
      { 0.01 } },
    { "at the origin",
      { { { 4, 3 }, -1e-9, 1e-9 }, { { 5, 3 }, 0, 0.4, PROBE_BALL }, { { 5, 3 }, -2, 2 } },
      { 4 } },
    { "one", { { { 1 }, 0.5, 1 }, { { 1, 1 }, 0.3, 0.6, PROBE_BALL }, { { 1, 1 }, 1, 2 } }, { 1 } },
    { "more than one chunk of rows",
      { { { 1, 29, 23, 2 }, -1, 1 }, { { 2, 2 }, 0, 0.8, PROBE_BALL }, { { 2, 2 }, -2, 2 } },
      { 1 } },
    { "more classes than a vector holds",
      { { { 67, 5 }, -1, 1 }, { { 18, 5 }, 0, 0.8, PROBE_BALL }, { { 18, 5 }, -2, 2 } },
      { 1 } },
    { 0 },
};

const Op hyperplane_logits_op = {
    .name = "hyperplane_logits",
    .differentiable = INPUT(0) | INPUT(1) | INPUT(2),
    .backward_reads = INPUT(0) | OUTPUT,
    .shape = hyperplane_shape,
    .forward = KERNEL(hyperplane_logits_forward),
    .backward = KERNEL(hyperplane_logits_backward),
    .probe = { build, oracle, hyperplane_logits_cases },
    .multiply_adds = hyperplane_multiply_adds,
};

Node *op_hyperplane_logits(Node *u, Node *points, Node *normals, real curvature) {
    const BallAttributes attributes = { curvature };
    return graph_append(&hyperplane_logits_op, (Node *[]){ u, points, normals }, 3, &attributes,
                        sizeof attributes);
}
