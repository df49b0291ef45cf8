/* Distillation loss (Hinton, Vinyals and Dean, 2015), mean over the N rows:
 *
 *     y = T^2 / N sum_i sum_k q_ik (log q_ik - log p_ik)     q = op_softmax(teacher / T),
 *                                                            p = op_softmax(student / T)
 * T^2 keeps the gradient's size independent of T: dstudent = T / N (p - q) dy. The teacher is a
 * constant. Forward keeps p - q, so that backward reads no logits. */
#include "autograd/kl_divergence.h"
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/reduce.h"

enum { CHUNK_ROWS = 256 };

static bool kl_divergence_shape(Node *node, Error *error) {
    const Shape *student = &node->inputs[0]->shape;
    const real temperature = ((const KlDivergence *)node->attributes)->temperature;
    const int64_t chunks = (shape_rows(student) + CHUNK_ROWS - 1) / CHUNK_ROWS;
    if (!shape_equal(student, &node->inputs[1]->shape) || shape_elements(student) == 0)
        return error_set(error, "the shapes must be equal and not empty");
    if (!(temperature > 0 && temperature <= REAL_MAX))
        return error_set(error, "a temperature of %g; expected a positive number",
                         (double)temperature);
    node->shape = shape_0();
    node_save(node, *student);
    node_save(node, shape_1(chunks));
    node_save(node, shape_2(chunks, shape_last(student)));
    return true;
}

static void sum_chunk(Node *node, int64_t chunk) {
    const real temperature = ((const KlDivergence *)node->attributes)->temperature;
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape), first = chunk * CHUNK_ROWS;
    const int64_t end = first + CHUNK_ROWS < rows ? first + CHUNK_ROWS : rows;
    real *q = node->saved[KL_ROW].data + chunk * classes, total = 0;
    for (int64_t row = first; row < end; row++) {
        const real *student = node->inputs[0]->value.data + row * classes;
        const real *teacher = node->inputs[1]->value.data + row * classes;
        real *p = node->saved[KL_DIFFERENCE].data + row * classes;
        const SoftmaxSum sum_p = softmax_row(student, temperature, classes, p);
        const SoftmaxSum sum_q = softmax_row(teacher, temperature, classes, q);
        for (int64_t k = 0; k < classes; k++) {
            total += kl_divergence_share(q[k], sum_q, teacher[k], sum_p, student[k], temperature);
            p[k] -= q[k];
        }
    }
    node->saved[KL_SUMS].data[chunk] = total;
}

static void kl_divergence_forward_cpu(Node *node) {
    const real temperature = ((const KlDivergence *)node->attributes)->temperature;
    const int64_t chunks = node->saved[KL_SUMS].shape.size[0];
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const int64_t elements = shape_elements(&node->inputs[0]->shape);
#pragma omp parallel for schedule(static) if (parallel_pays(elements))
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum_chunk(node, chunk);
    node->value.data[0] = temperature * temperature / (real)rows *
                          reduce_pairwise(node->saved[KL_SUMS].data, chunks, 1);
}

static void kl_divergence_backward_cpu(Node *node) {
    const real temperature = ((const KlDivergence *)node->attributes)->temperature;
    const Shape *student = &node->inputs[0]->shape;
    const int64_t n = shape_elements(student);
    const real share = temperature / (real)shape_rows(student) * node->gradient.data[0];
    const real *difference = node->saved[KL_DIFFERENCE].data;
    const Gradient gradient = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t i = 0; i < n; i++) gradient_store(gradient, i, share * difference[i]);
}

static Node *build(Node *const *in, const double *arguments) {
    return op_kl_divergence(in[0], in[1], (real)arguments[0]);
}

static void oracle(const Node *node, double *y) {
    const double t = (double)((const KlDivergence *)node->attributes)->temperature;
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    y[0] = 0;
    for (int64_t row = 0; row < rows; row++) {
        const real *s = node->inputs[0]->value.data + row * classes;
        const real *z = node->inputs[1]->value.data + row * classes;
        double total_s = 0, total_z = 0;
        for (int64_t k = 0; k < classes; k++) total_s += exp((double)s[k] / t);
        for (int64_t k = 0; k < classes; k++) total_z += exp((double)z[k] / t);
        for (int64_t k = 0; k < classes; k++) {
            const double p = exp((double)s[k] / t) / total_s, q = exp((double)z[k] / t) / total_z;
            y[0] += t * t * q * log(q / p) / (double)rows;
        }
    }
}

static const ProbeCase kl_divergence_cases[] = {
    { "odd",
      { { { 2, 3, 5, 4 }, -3, 3 }, { { 2, 3, 5, 4 }, -3, 3 } },
      { 2.5 },
      .axes = { "nhwc", "nhwc" } },
    { "several chunks", { { { 300, 3 }, -3, 3 }, { { 300, 3 }, -3, 3 } }, { 1 } },
    { "one class", { { { 1, 1 }, -3, 3 }, { { 1, 1 }, -3, 3 } }, { 2.5 } },
    { 0 },
};

const Op kl_divergence_op = {
    .name = "kl_divergence",
    .differentiable = INPUT(0),
    .shape = kl_divergence_shape,
    .forward = KERNEL(kl_divergence_forward),
    .backward = KERNEL(kl_divergence_backward),
    .probe = { build, oracle, kl_divergence_cases },
};

Node *op_kl_divergence(Node *student, Node *teacher, real temperature) {
    const KlDivergence attributes = { temperature };
    return graph_append(&kl_divergence_op, (Node *[]){ student, teacher }, 2, &attributes,
                        sizeof attributes);
}
