/* y = mean of (a - b)^2 over all n elements: a scalar.
 * da = 2 (a - b) dy / n, db = -da. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/reduce.h"

static bool mean_squared_error_shape(Node *node, Error *error) {
    const Shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    if (!shape_equal(a, b) || shape_elements(a) == 0)
        return error_set(error, "the shapes must be equal and not empty");
    node->shape = shape_0();
    node_save(node, shape_1((shape_elements(a) + REDUCE_CHUNK - 1) / REDUCE_CHUNK));
    return true;
}

static void mean_squared_error_forward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->inputs[0]->shape);
    const int64_t chunks = node->saved[0].shape.size[0];
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    real *partial = node->saved[0].data;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
        const int64_t start = chunk * REDUCE_CHUNK, left = n - start;
        partial[chunk] = reduce_squared_differences(a + start, b + start,
                                                    left < REDUCE_CHUNK ? left : REDUCE_CHUNK);
    }
    node->value.data[0] = reduce_pairwise(partial, chunks, 1) / (real)n;
}

static void mean_squared_error_backward_cpu(Node *node) {
    const int64_t n = shape_elements(&node->inputs[0]->shape);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    for (int input = 0; input < 2; input++) {
        const Gradient gradient = node->input_gradients[input];
        const real share = (input ? -2 : 2) * node->gradient.data[0] / (real)n;
        if (!gradient.data) continue;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
        for (int64_t i = 0; i < n; i++) gradient_store(gradient, i, share * (a[i] - b[i]));
    }
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_mean_squared_error(in[0], in[1]);
}

static void oracle(const Node *node, double *y) {
    const int64_t n = shape_elements(&node->inputs[0]->shape);
    y[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        const double off =
            (double)node->inputs[0]->value.data[i] - (double)node->inputs[1]->value.data[i];
        y[0] += off * off / (double)n;
    }
}

static const ProbeCase mean_squared_error_cases[] = {
    { "odd", { { { 2, 5, 7 } }, { { 2, 5, 7 } } }, .axes = { "abc", "abc" } },
    { "one element", { { { 1 } }, { { 1 } } } },
    { "more than one chunk", { { { 4100 } }, { { 4100 } } } },
    { 0 },
};

const Op mean_squared_error_op = {
    .name = "mean_squared_error",
    .differentiable = INPUT(0) | INPUT(1),
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = mean_squared_error_shape,
    .forward = KERNEL(mean_squared_error_forward),
    .backward = KERNEL(mean_squared_error_backward),
    .probe = { build, oracle, mean_squared_error_cases },
};

Node *op_mean_squared_error(Node *a, Node *b) {
    return graph_append(&mean_squared_error_op, (Node *[]){ a, b }, 2, NULL, 0);
}
