/* euclidean_logits.c - the op l_k = 4 [u - p_k, a_k]: what hyperplane_logits is in the limit c -> 0,
 * with the same inputs, so that two networks can differ in nothing but the geometry. */
#include "hyp/euclidean_logits.h"

#include "autograd/probe.h"
#include "hyp/hyperplane/hyperplane_op.h"
#include "hyp/ops.h"
#include "tensor/workspace.h"

static bool euclidean_logits_shape(Node *node, Error *error) {
    return hyperplane_inputs_accept(node, error);
}

/* The layers of all classes in the op's workspace: weights [K,n], biases [K]; behind them there is
 * room for `more` reals. */
static real *layers_of(const Node *node, int64_t more) {
    const int64_t classes = shape_last(&node->shape), n = shape_last(&node->inputs[0]->shape);
    const real *points = node->inputs[1]->value.data, *normals = node->inputs[2]->value.data;
    real *weights = workspace_reals(WORKSPACE_OP, classes * (n + 1) + more);
    real *biases = weights + classes * n;
    for (int64_t k = 0; k < classes; k++)
        biases[k] = euclidean_layer(points + k * n, normals + k * n, n, weights + k * n);
    return weights;
}

static void euclidean_logits_forward_cpu(Node *node) {
    const Conv2dShape shape = euclidean_as_conv2d(node);
    const real *weights = layers_of(node, 0);
    conv2d_forward(&shape, node->inputs[0]->value.data, weights, weights + shape.out * shape.in,
                   node->value.data);
}

static void euclidean_logits_backward_cpu(Node *node) {
    const Conv2dShape shape = euclidean_as_conv2d(node);
    const int64_t n = shape.in, matrix = shape.out * n;
    const real *u = node->inputs[0]->value.data, *dl = node->gradient.data;
    const real *points = node->inputs[1]->value.data, *normals = node->inputs[2]->value.data;
    const Gradient du = node->input_gradients[0], dpoints = node->input_gradients[1];
    const Gradient dnormals = node->input_gradients[2];
    real *weights = layers_of(node, matrix), *sums = weights + matrix, *products = sums + shape.out;
    if (du.data) conv2d_backward_data(&shape, dl, weights, du.data, du.accumulate);
    if (!dpoints.data && !dnormals.data) return;
    conv2d_backward_bias(&shape, dl, sums, false);
    if (dnormals.data) conv2d_backward_weight(&shape, u, dl, products, false);
    for (int64_t i = 0; i < matrix; i++) {
        const real sum = sums[i / n];
        if (dnormals.data)
            gradient_store(dnormals, i, euclidean_normal_gradient(products[i], sum, points[i]));
        if (dpoints.data) gradient_store(dpoints, i, euclidean_point_gradient(sum, normals[i]));
    }
}

static int64_t euclidean_logits_multiply_adds(const Node *node) {
    const Conv2dShape shape = euclidean_as_conv2d(node);
    return conv2d_multiply_adds(&shape);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_euclidean_logits(in[0], in[1], in[2]);
}

static void oracle(const Node *node, double *l) {
    const int64_t n = shape_last(&node->inputs[0]->shape), classes = shape_last(&node->shape);
    const real *u = node->inputs[0]->value.data, *points = node->inputs[1]->value.data;
    const real *normals = node->inputs[2]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        const int64_t row = i / classes, k = i % classes;
        l[i] = 0;
        for (int64_t j = 0; j < n; j++)
            l[i] += 4 * ((double)u[row * n + j] - (double)points[k * n + j]) *
                    (double)normals[k * n + j];
    }
}

static const ProbeCase euclidean_logits_cases[] = {
    { "odd",
      { { { 3, 5, 7 } }, { { 3, 7 } }, { { 3, 7 }, -2, 2 } },
      .axes = { "nhi", "oi", "oi" } },
    { "many rows", { { { 2, 29, 23, 3 } }, { { 2, 3 } }, { { 2, 3 } } } },
    { "one vector", { { { 37 } }, { { 5, 37 } }, { { 5, 37 } } } },
    { "more classes than a vector holds", { { { 67, 5 } }, { { 18, 5 } }, { { 18, 5 } } } },
    { 0 },
};

const Op euclidean_logits_op = {
    .name = "euclidean_logits",
    .differentiable = ALL_INPUTS,
    .backward_reads = INPUT(0) | INPUT(1) | INPUT(2),
    .shape = euclidean_logits_shape,
    .forward = KERNEL(euclidean_logits_forward),
    .backward = KERNEL(euclidean_logits_backward),
    .probe = { build, oracle, euclidean_logits_cases },
    .multiply_adds = euclidean_logits_multiply_adds,
};

Node *op_euclidean_logits(Node *u, Node *points, Node *normals) {
    return graph_append(&euclidean_logits_op, (Node *[]){ u, points, normals }, 3, NULL, 0);
}
