/* Cross-entropy of softmax(logits) against labels, weighted by class as in PyTorch:
 *
 *     loss = sum_i w_i (log sum_k exp(z_ik) - z_i,label) / sum_i w_i     w_i = class_weights[label]
 *
 * Rows labelled ignore_label do not count; when none counts, the loss and its gradient are 0.
 * dz_ik = w_i / sum w (p_ik - [k = label]) dloss. Forward keeps p, so that backward needs neither
 * the logits nor another exp. */
#include "autograd/softmax_cross_entropy.h"
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/reduce.h"

enum { CHUNK_ROWS = 1024 };

static int64_t chunks_of(const Node *node) {
    return (shape_rows(&node->inputs[0]->shape) + CHUNK_ROWS - 1) / CHUNK_ROWS;
}

static bool softmax_cross_entropy_shape(Node *node, Error *error) {
    const Shape *logits = &node->inputs[0]->shape, *labels = &node->inputs[1]->shape;
    Shape rows = *logits;
    if (logits->rank < 1 || shape_elements(logits) == 0)
        return error_set(error, "logits must be [..., K] and not empty");
    rows.size[--rows.rank] = 0;
    if (!shape_equal(labels, &rows))
        return error_set(error, "labels must be %s", shape_text(&rows).text);
    if (node->input_count > 2 &&
        (node->inputs[2]->shape.rank != 1 || node->inputs[2]->shape.size[0] != shape_last(logits)))
        return error_set(error, "class weights must be [%lld]", (long long)shape_last(logits));
    node->shape = shape_0();
    node_save(node, *logits);
    node_save(node, shape_2(chunks_of(node), 2));
    return true;
}

static int64_t class_of(const Node *node, int64_t row) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int ignore_label = ((const SoftmaxCrossEntropy *)node->attributes)->ignore_label;
    const real label = node->inputs[1]->value.data[row];
    const int64_t k = label_class(label, classes, ignore_label);
    PROMISE(k != LABEL_WRONG, "softmax_cross_entropy: label %g of row %lld; expected 0..%lld or %d",
            (double)label, (long long)row, (long long)classes - 1, ignore_label);
    return k;
}

static real weight_of(const Node *node, int64_t k) {
    if (k == LABEL_IGNORED) return 0;
    return node->input_count > 2 ? node->inputs[2]->value.data[k] : 1;
}

static void sum_chunk(Node *node, int64_t chunk) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape), first = chunk * CHUNK_ROWS;
    const int64_t end = first + CHUNK_ROWS < rows ? first + CHUNK_ROWS : rows;
    real loss = 0, weight = 0;
    for (int64_t row = first; row < end; row++) {
        const real *z = node->inputs[0]->value.data + row * classes;
        const SoftmaxSum sum = softmax_row(
            z, 1, classes, node->saved[CROSS_ENTROPY_PROBABILITIES].data + row * classes);
        const int64_t k = class_of(node, row);
        if (k == LABEL_IGNORED) continue;
        loss -= weight_of(node, k) * softmax_log(sum, z[k], 1);
        weight += weight_of(node, k);
    }
    node->saved[CROSS_ENTROPY_SUMS].data[2 * chunk] = loss;
    node->saved[CROSS_ENTROPY_SUMS].data[2 * chunk + 1] = weight;
}

static void softmax_cross_entropy_forward_cpu(Node *node) {
    const int64_t chunks = chunks_of(node), elements = shape_elements(&node->inputs[0]->shape);
    real *sums = node->saved[CROSS_ENTROPY_SUMS].data;
#pragma omp parallel for schedule(static) if (elements >= PARALLEL_MINIMUM)
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum_chunk(node, chunk);
    const real loss = reduce_pairwise(sums, chunks, 2);
    const real weight = reduce_pairwise(sums + 1, chunks, 2);
    node->value.data[0] = cross_entropy_mean(loss, weight);
}

static void softmax_cross_entropy_backward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const Gradient dz = node->input_gradients[0];
    const real weight = node->saved[CROSS_ENTROPY_SUMS].data[1];
    const real share = cross_entropy_mean(node->gradient.data[0], weight);
#pragma omp parallel for schedule(static) if (rows * classes >= PARALLEL_MINIMUM)
    for (int64_t row = 0; row < rows; row++) {
        const real *p = node->saved[CROSS_ENTROPY_PROBABILITIES].data + row * classes;
        const int64_t label = class_of(node, row);
        const real factor = share * weight_of(node, label);
        for (int64_t k = 0; k < classes; k++)
            gradient_store(dz, row * classes + k, cross_entropy_gradient(factor, p[k], k, label));
    }
}

static Node *build_plain(Node *const *in) {
    return softmax_cross_entropy(in[0], in[1], NULL, 255);
}

static Node *build_weighted(Node *const *in) {
    return softmax_cross_entropy(in[0], in[1], in[2], 255);
}

static Node *build_ignoring(Node *const *in) {
    return softmax_cross_entropy(in[0], in[1], in[2], 2);
}

static void softmax_cross_entropy_oracle(const Node *node, double *y) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int ignore_label = ((const SoftmaxCrossEntropy *)node->attributes)->ignore_label;
    double loss = 0, weights = 0;
    for (int64_t row = 0; row < shape_rows(&node->inputs[0]->shape); row++) {
        const real *z = node->inputs[0]->value.data + row * classes;
        const int label = (int)node->inputs[1]->value.data[row];
        if (label == ignore_label) continue;
        const double w = node->input_count > 2 ? (double)node->inputs[2]->value.data[label] : 1;
        double total = 0;
        for (int64_t k = 0; k < classes; k++) total += exp((double)z[k]);
        loss += w * (log(total) - (double)z[label]);
        weights += w;
    }
    y[0] = weights > 0 ? loss / weights : 0;
}

static const ProbeCase softmax_cross_entropy_probe[] = {
    { "plain",
      2,
      { { { 4, { 2, 3, 5, 4 } }, PROBE_UNIFORM, -3, 3 },
        { { 3, { 2, 3, 5 } }, PROBE_INTEGER, 0, 3 } },
      build_plain,
      softmax_cross_entropy_oracle,
      false },
    { "weighted",
      3,
      { { { 2, { 31, 5 } }, PROBE_UNIFORM, -3, 3 },
        { { 1, { 31 } }, PROBE_INTEGER, 0, 4 },
        { { 1, { 5 } }, PROBE_UNIFORM, 0.1, 3 } },
      build_weighted,
      softmax_cross_entropy_oracle,
      false },
    { "weighted, class 2 ignored",
      3,
      { { { 3, { 3, 7, 3 } }, PROBE_UNIFORM, -3, 3 },
        { { 2, { 3, 7 } }, PROBE_INTEGER, 0, 2 },
        { { 1, { 3 } }, PROBE_UNIFORM, 0.1, 3 } },
      build_ignoring,
      softmax_cross_entropy_oracle,
      false },
    { "several chunks",
      3,
      { { { 2, { 1030, 3 } }, PROBE_UNIFORM, -3, 3 },
        { { 1, { 1030 } }, PROBE_INTEGER, 0, 2 },
        { { 1, { 3 } }, PROBE_UNIFORM, 0.1, 3 } },
      build_ignoring,
      softmax_cross_entropy_oracle,
      false },
    { "one class, one row",
      2,
      { { { 2, { 1, 1 } }, PROBE_UNIFORM, -3, 3 }, { { 1, { 1 } }, PROBE_INTEGER, 0, 0 } },
      build_plain,
      softmax_cross_entropy_oracle,
      false },
    { 0 }
};

const Op op_softmax_cross_entropy = {
    .name = "softmax_cross_entropy",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1) | INPUT(2),
    .shape = softmax_cross_entropy_shape,
    .forward = KERNEL(softmax_cross_entropy_forward),
    .backward = KERNEL(softmax_cross_entropy_backward),
    .probe = softmax_cross_entropy_probe,
};

/* Mean cross-entropy. logits: [..., K]; labels: [...], integers 0..K-1 or ignore_label;
 * class_weights: [K], a constant, or NULL for all 1. Gives a scalar. */
Node *softmax_cross_entropy(Node *logits, Node *labels, Node *class_weights, int ignore_label) {
    const SoftmaxCrossEntropy attributes = { ignore_label };
    return graph_append(&op_softmax_cross_entropy, (Node *[]){ logits, labels, class_weights },
                        class_weights ? 3 : 2, &attributes, sizeof attributes);
}
