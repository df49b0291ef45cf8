/* reconstruction_loss.c - the op y = sum_b w_b mean((p_b - t_b)^2) / max(1, sum_b w_b): the mean
 * squared error, weighted by sample. Images without a normal twin have weight 0.
 * dp_b = 2 w_b (p_b - t_b) dy / (n max(1, sum w)), n elements per sample. The target (features of a
 * frozen backbone) and the weights have no gradient. */
#include "autograd/probe.h"
#include "autograd/reduce.h"
#include "hadnet/ops.h"

static bool reconstruction_loss_shape(Node *node, Error *error) {
    const Shape *p = &node->inputs[0]->shape, *t = &node->inputs[1]->shape;
    const Shape *w = &node->inputs[2]->shape;
    if (!shape_equal(p, t)) return error_set(error, "prediction and target must have one shape");
    if (p->rank < 1 || w->rank != 1 || w->size[0] != p->size[0])
        return error_set(error, "needs one weight per sample");
    node->shape = shape_0();
    node_save(node, shape_1(p->size[0]));
    return true;
}

static real weight_total(const Node *node) {
    const real *w = node->inputs[2]->value.data;
    real total = 0;
    for (int64_t b = 0; b < node->inputs[2]->shape.size[0]; b++) total += w[b];
    return total > 1 ? total : 1;
}

static void reconstruction_loss_forward_cpu(Node *node) {
    const int64_t batch = node->inputs[0]->shape.size[0];
    const int64_t n = shape_elements(&node->inputs[0]->shape) / batch;
    const real *p = node->inputs[0]->value.data, *t = node->inputs[1]->value.data;
    const real *w = node->inputs[2]->value.data;
    real *share = node->saved[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < batch; b++)
        share[b] =
            w[b] == 0 ? 0 : w[b] * reduce_squared_differences(p + b * n, t + b * n, n) / (real)n;
    node->value.data[0] = reduce_pairwise(share, batch, 1) / weight_total(node);
}

static void reconstruction_loss_backward_cpu(Node *node) {
    const int64_t batch = node->inputs[0]->shape.size[0];
    const int64_t n = shape_elements(&node->inputs[0]->shape) / batch;
    const real *p = node->inputs[0]->value.data, *t = node->inputs[1]->value.data;
    const real *w = node->inputs[2]->value.data;
    const real factor = 2 * node->gradient.data[0] / ((real)n * weight_total(node));
    const Gradient dp = node->input_gradients[0];
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < batch; b++)
        for (int64_t i = b * n; i < (b + 1) * n; i++)
            gradient_store(dp, i, w[b] == 0 ? 0 : w[b] * factor * (p[i] - t[i]));
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_reconstruction_loss(in[0], in[1], in[2]);
}

static void oracle(const Node *node, double *y) {
    const int64_t batch = node->inputs[0]->shape.size[0];
    const int64_t n = shape_elements(&node->inputs[0]->shape) / batch;
    const real *p = node->inputs[0]->value.data, *t = node->inputs[1]->value.data;
    double total = 0;
    for (int64_t b = 0; b < batch; b++) {
        const double w = (double)node->inputs[2]->value.data[b];
        total += w;
        for (int64_t i = 0; i < n; i++)
            y[0] += w * pow((double)p[b * n + i] - (double)t[b * n + i], 2) / (double)n;
    }
    y[0] /= total > 1 ? total : 1;
}

static const ProbeCase reconstruction_loss_cases[] = {
    { "some samples count",
      { { { 5, 3, 7, 3 } }, { { 5, 3, 7, 3 } }, { { 5 }, 0, 1, PROBE_INTEGER } },
      .axes = { "nhwk", "nhwk", "n" } },
    { "one element", { { { 1, 1 } }, { { 1, 1 } }, { { 1 }, 0.2, 0.9 } } },
    { 0 },
};

const Op reconstruction_loss_op = {
    .name = "reconstruction_loss",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(0) | INPUT(1) | INPUT(2),
    .shape = reconstruction_loss_shape,
    .forward = KERNEL(reconstruction_loss_forward),
    .backward = KERNEL(reconstruction_loss_backward),
    .probe = { build, oracle, reconstruction_loss_cases },
};

Node *op_reconstruction_loss(Node *prediction, Node *target, Node *weights) {
    return graph_append(&reconstruction_loss_op, (Node *[]){ prediction, target, weights }, 3, NULL,
                        0);
}
