/* Cross-entropy of op_softmax(logits) against labels, weighted by class as in PyTorch:
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
#include "autograd/softmax_rows.h"
#include "autograd/transposed_rows.h"

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

/* The labels and class weights of a node. */
typedef struct Labels {
    const real *labels, *weights; /* weights may be NULL */
    int64_t classes;
    int ignore_label;
} Labels;

static Labels labels_of(const Node *node) {
    return (Labels){
        .labels = node->inputs[1]->value.data,
        .weights = node->input_count > 2 ? node->inputs[2]->value.data : NULL,
        .classes = shape_last(&node->inputs[0]->shape),
        .ignore_label = ((const SoftmaxCrossEntropy *)node->attributes)->ignore_label,
    };
}

static int64_t class_of(const Labels *of, int64_t row) {
    const int64_t k = label_class(of->labels[row], of->classes, of->ignore_label);
    PROMISE(k != LABEL_WRONG, "softmax_cross_entropy: label %g of row %lld; expected 0..%lld or %d",
            (double)of->labels[row], (long long)row, (long long)of->classes - 1, of->ignore_label);
    return k;
}

static real weight_of(const Labels *of, int64_t k) {
    if (k == LABEL_IGNORED) return 0;
    return of->weights ? of->weights[k] : 1;
}

static void sum_chunk(Node *node, const Labels *labels, int64_t chunk) {
    const int64_t classes = labels->classes, rows = shape_rows(&node->inputs[0]->shape);
    const int64_t first = chunk * CHUNK_ROWS;
    const int64_t count = transposed_left(rows, first, CHUNK_ROWS);
    const real *z = node->inputs[0]->value.data + first * classes;
    real *p = node->saved[CROSS_ENTROPY_PROBABILITIES].data + first * classes;
    SoftmaxSum sums[CHUNK_ROWS];
    softmax_rows(z, 1, count, classes, p, sums);
    real loss = 0, weight = 0;
    for (int64_t row = 0; row < count; row++) {
        const int64_t k = class_of(labels, first + row);
        if (k == LABEL_IGNORED) continue;
        loss -= weight_of(labels, k) * softmax_log(sums[row], z[row * classes + k], 1);
        weight += weight_of(labels, k);
    }
    node->saved[CROSS_ENTROPY_SUMS].data[2 * chunk] = loss;
    node->saved[CROSS_ENTROPY_SUMS].data[2 * chunk + 1] = weight;
}

static void softmax_cross_entropy_forward_cpu(Node *node) {
    const int64_t chunks = chunks_of(node), elements = shape_elements(&node->inputs[0]->shape);
    const Labels labels = labels_of(node);
    real *sums = node->saved[CROSS_ENTROPY_SUMS].data;
#pragma omp parallel for schedule(static) if (parallel_pays(elements))
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum_chunk(node, &labels, chunk);
    const real loss = reduce_pairwise(sums, chunks, 2);
    const real weight = reduce_pairwise(sums + 1, chunks, 2);
    node->value.data[0] = cross_entropy_mean(loss, weight);
}

/* dz of a block of rows, a slice of its classes at a time. share: dloss / sum w. */
static void backward_block(const Labels *labels, int64_t first, int64_t count, real share,
                           const real *p, Gradient dz) {
    const int64_t classes = labels->classes;
    int32_t label[TRANSPOSED_ROWS] = { 0 };
    real factor[TRANSPOSED_ROWS] = { 0 };
    for (int64_t r = 0; r < count; r++) {
        const int64_t k = class_of(labels, first + r);
        label[r] = (int32_t)k;
        factor[r] = share * weight_of(labels, k);
    }
    for (int64_t begin = 0; begin < classes; begin += TRANSPOSED_CHANNELS) {
        TransposedRows block;
        transposed_load(&block, p + begin, classes, count,
                        transposed_left(classes, begin, TRANSPOSED_CHANNELS));
        for (int64_t k = 0; k < block.channels; k++)
#pragma omp simd
            for (int r = 0; r < TRANSPOSED_ROWS; r++)
                block.of[k][r] = cross_entropy_gradient(factor[r], block.of[k][r],
                                                        (int32_t)(begin + k), label[r]);
        transposed_store_gradient(&block, classes, (Gradient){ dz.data + begin, dz.accumulate });
    }
}

static void softmax_cross_entropy_backward_cpu(Node *node) {
    const Labels labels = labels_of(node);
    const int64_t classes = labels.classes, rows = shape_rows(&node->inputs[0]->shape);
    const real *p = node->saved[CROSS_ENTROPY_PROBABILITIES].data;
    const Gradient dz = node->input_gradients[0];
    const real weight = node->saved[CROSS_ENTROPY_SUMS].data[1];
    const real share = cross_entropy_mean(node->gradient.data[0], weight);
#pragma omp parallel for schedule(static) if (parallel_pays(rows * classes))
    for (int64_t row = 0; row < rows; row += TRANSPOSED_ROWS)
        backward_block(&labels, row, transposed_left(rows, row, TRANSPOSED_ROWS), share,
                       p + row * classes, (Gradient){ dz.data + row * classes, dz.accumulate });
}

static Node *build(Node *const *in, const double *arguments) {
    return op_softmax_cross_entropy(in[0], in[1], in[2], (int)arguments[0]);
}

static void oracle(const Node *node, double *y) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int ignore_label = ((const SoftmaxCrossEntropy *)node->attributes)->ignore_label;
    double loss = 0, weights = 0;
    for (int64_t row = 0; row < shape_rows(&node->inputs[0]->shape); row++) {
        const real *z = node->inputs[0]->value.data + row * classes;
        const int label = (int)node->inputs[1]->value.data[row];
        if (label == ignore_label) continue;
        const double w = node->input_count > 2 ? (double)node->inputs[2]->value.data[label] : 1;
        double total = 0;
        for (int64_t k = 0; k < classes; k++) total += exp((double)z[k] - (double)z[label]);
        loss += w * log(total);
        weights += w;
    }
    y[0] = weights > 0 ? loss / weights : 0;
}

static const ProbeCase softmax_cross_entropy_cases[] = {
    { "plain",
      { { { 2, 3, 5, 4 }, -3, 3 }, { { 2, 3, 5 }, 0, 3, PROBE_INTEGER } },
      { 255 },
      .axes = { "nhwc", "nhw" } },
    { "weighted",
      { { { 31, 5 }, -3, 3 }, { { 31 }, 0, 4, PROBE_INTEGER }, { { 5 }, 0.1, 3 } },
      { 255 } },
    { "weighted, class 2 ignored",
      { { { 3, 7, 3 }, -3, 3 }, { { 3, 7 }, 0, 2, PROBE_INTEGER }, { { 3 }, 0.1, 3 } },
      { 2 },
      .axes = { "nhc", "nh", "c" } },
    { "several chunks",
      { { { 1030, 3 }, -3, 3 }, { { 1030 }, 0, 2, PROBE_INTEGER }, { { 3 }, 0.1, 3 } },
      { 2 } },
    { "more classes than are transposed at once",
      { { { 70, 19 }, -3, 3 }, { { 70 }, 0, 18, PROBE_INTEGER }, { { 19 }, 0.1, 3 } },
      { 2 } },
    { "one class, one row", { { { 1, 1 }, -3, 3 }, { { 1 }, 0, 0, PROBE_INTEGER } }, { 255 } },
    { 0 },
};

const Op softmax_cross_entropy_op = {
    .name = "softmax_cross_entropy",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1) | INPUT(2),
    .shape = softmax_cross_entropy_shape,
    .forward = KERNEL(softmax_cross_entropy_forward),
    .backward = KERNEL(softmax_cross_entropy_backward),
    .probe = { build, oracle, softmax_cross_entropy_cases },
};

Node *op_softmax_cross_entropy(Node *logits, Node *labels, Node *class_weights, int ignore_label) {
    const SoftmaxCrossEntropy attributes = { ignore_label };
    return graph_append(&softmax_cross_entropy_op, (Node *[]){ logits, labels, class_weights },
                        class_weights ? 3 : 2, &attributes, sizeof attributes);
}
