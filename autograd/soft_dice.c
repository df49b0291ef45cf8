/* Soft Dice loss (Milletari et al., 2016, with sums for the squares) of p = softmax(logits), over
 * the whole batch, every class that is there counting alike whatever its area:
 *
 *     I_k = sum_i p_ik y_ik    S_k = sum_i p_ik + y_ik    y_ik = [label_i = k]
 *     loss = sum_k w_k (1 - (2 I_k + 1) / (S_k + 1))
 *     w_k = 1 / (number of classes with a row of that label), 0 for a class without
 *
 * A class without a row says nothing of overlap. Counted, it would only push its own p towards 0,
 * and, being absent from most batches, a rare class would never be learnt. The 1 is a pixel's worth
 * of smoothing. Rows labelled ignore_label are left out of the sums; without any other row the loss
 * is 0.
 * dp_ik = -w_k (2 y_ik / (S_k + 1) - (2 I_k + 1) / (S_k + 1)^2), then dz = p (dp - <dp, p>). */
#include "autograd/soft_dice.h"
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/reduce.h"

#include <string.h>

enum { CHUNK_ROWS = 1024 };

static int64_t chunks_of(const Node *node) {
    return (shape_rows(&node->inputs[0]->shape) + CHUNK_ROWS - 1) / CHUNK_ROWS;
}

static bool soft_dice_shape(Node *node, Error *error) {
    const Shape *logits = &node->inputs[0]->shape;
    Shape rows = *logits;
    if (logits->rank < 1 || shape_elements(logits) == 0)
        return error_set(error, "logits must be [..., K] and not empty");
    rows.size[--rows.rank] = 0;
    if (!shape_equal(&node->inputs[1]->shape, &rows))
        return error_set(error, "labels must be %s", shape_text(&rows).text);
    node->shape = shape_0();
    node_save(node, *logits);
    node_save(node, shape_3(chunks_of(node), 3, shape_last(logits)));
    return true;
}

static int64_t class_of(const Node *node, int64_t row) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int ignore_label = ((const SoftDice *)node->attributes)->ignore_label;
    const real label = node->inputs[1]->value.data[row];
    const int64_t k = label_class(label, classes, ignore_label);
    PROMISE(k != LABEL_WRONG, "soft_dice: label %g of row %lld; expected 0..%lld or %d",
            (double)label, (long long)row, (long long)classes - 1, ignore_label);
    return k;
}

static void sum_chunk(Node *node, int64_t chunk) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape), first = chunk * CHUNK_ROWS;
    const int64_t end = first + CHUNK_ROWS < rows ? first + CHUNK_ROWS : rows;
    real *common = node->saved[SOFT_DICE_SUMS].data + 3 * chunk * classes, *size = common + classes;
    real *rows_of = size + classes;
    memset(common, 0, 3 * (size_t)classes * sizeof *common);
    for (int64_t row = first; row < end; row++) {
        real *p = node->saved[SOFT_DICE_PROBABILITIES].data + row * classes;
        softmax_row(node->inputs[0]->value.data + row * classes, 1, classes, p);
        const int64_t label = class_of(node, row);
        if (label == LABEL_IGNORED) continue;
        for (int64_t k = 0; k < classes; k++) size[k] += p[k];
        common[label] += p[label];
        size[label] += 1;
        rows_of[label] += 1;
    }
}

static void soft_dice_forward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape), chunks = chunks_of(node);
    const int64_t elements = shape_elements(&node->inputs[0]->shape);
    real *sums = node->saved[SOFT_DICE_SUMS].data, *weights = sums + 2 * classes, present = 0,
         loss = 0;
#pragma omp parallel for schedule(static) if (elements >= PARALLEL_MINIMUM)
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum_chunk(node, chunk);
    for (int64_t i = 0; i < 3 * classes; i++) reduce_pairwise(sums + i, chunks, 3 * classes);
    for (int64_t k = 0; k < classes; k++) present += weights[k] > 0 ? 1 : 0;
    for (int64_t k = 0; k < classes; k++) {
        weights[k] = soft_dice_weight(weights[k], present);
        loss += soft_dice_share(sums, classes, k);
    }
    node->value.data[0] = loss;
}

static void soft_dice_backward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const Gradient dz = node->input_gradients[0];
    const real *sums = node->saved[SOFT_DICE_SUMS].data, dloss = node->gradient.data[0];
#pragma omp parallel for schedule(static) if (rows * classes >= PARALLEL_MINIMUM)
    for (int64_t row = 0; row < rows; row++) {
        const real *p = node->saved[SOFT_DICE_PROBABILITIES].data + row * classes;
        const int64_t label = class_of(node, row);
        const bool counts = label != LABEL_IGNORED;
        const real inner = counts ? soft_dice_inner(sums, p, classes, label) : 0;
        for (int64_t k = 0; k < classes; k++)
            gradient_store(dz, row * classes + k,
                           counts ? dloss * soft_dice_gradient(sums, p[k], classes, label, inner, k)
                                  : 0);
    }
}

static Node *build_plain(Node *const *in) {
    return soft_dice(in[0], in[1], 255);
}

static Node *build_ignoring(Node *const *in) {
    return soft_dice(in[0], in[1], 2);
}

static void soft_dice_oracle(const Node *node, double *y) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int ignore_label = ((const SoftDice *)node->attributes)->ignore_label;
    double present = 0;
    for (int64_t k = 0; k < classes; k++) {
        double common = 0, size = 0, rows = 0;
        for (int64_t row = 0; row < shape_rows(&node->inputs[0]->shape); row++) {
            const real *z = node->inputs[0]->value.data + row * classes;
            const int label = (int)node->inputs[1]->value.data[row];
            if (label == ignore_label) continue;
            double total = 0;
            for (int64_t j = 0; j < classes; j++) total += exp((double)z[j]);
            const double p = exp((double)z[k]) / total;
            common += label == k ? p : 0;
            size += p + (label == k ? 1 : 0);
            rows += label == k;
        }
        if (rows == 0) continue;
        y[0] += 1 - (2 * common + 1) / (size + 1);
        present++;
    }
    if (present > 0) y[0] /= present;
}

static const ProbeCase soft_dice_probe[] = {
    { "odd",
      2,
      { { { 4, { 2, 3, 5, 4 } }, PROBE_UNIFORM, -3, 3 },
        { { 3, { 2, 3, 5 } }, PROBE_INTEGER, 0, 3 } },
      build_plain,
      soft_dice_oracle,
      false },
    { "class 2 ignored",
      2,
      { { { 3, { 3, 7, 3 } }, PROBE_UNIFORM, -3, 3 }, { { 2, { 3, 7 } }, PROBE_INTEGER, 0, 2 } },
      build_ignoring,
      soft_dice_oracle,
      false },
    { "several chunks",
      2,
      { { { 2, { 1030, 3 } }, PROBE_UNIFORM, -3, 3 }, { { 1, { 1030 } }, PROBE_INTEGER, 0, 2 } },
      build_ignoring,
      soft_dice_oracle,
      false },
    { "an absent class",
      2,
      { { { 2, { 7, 3 } }, PROBE_UNIFORM, -3, 3 }, { { 1, { 7 } }, PROBE_INTEGER, 0, 1 } },
      build_plain,
      soft_dice_oracle,
      false },
    { "one class, one row",
      2,
      { { { 2, { 1, 1 } }, PROBE_UNIFORM, -3, 3 }, { { 1, { 1 } }, PROBE_INTEGER, 0, 0 } },
      build_plain,
      soft_dice_oracle,
      false },
    { 0 }
};

const Op op_soft_dice = {
    .name = "soft_dice",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1),
    .shape = soft_dice_shape,
    .forward = KERNEL(soft_dice_forward),
    .backward = KERNEL(soft_dice_backward),
    .probe = soft_dice_probe,
};

/* Soft Dice loss over the batch, the mean of the classes that are there. logits: [..., K]; labels:
 * [...], integers 0..K-1 or ignore_label. Gives a scalar in [0, 1). */
Node *soft_dice(Node *logits, Node *labels, int ignore_label) {
    const SoftDice attributes = { ignore_label };
    return graph_append(&op_soft_dice, (Node *[]){ logits, labels }, 2, &attributes,
                        sizeof attributes);
}
