/* The two losses of a segmentation from one p = op_softmax(logits), over the whole batch.
 *
 * The first is the cross-entropy of op_softmax_cross_entropy. The second is soft Dice (Milletari et
 * al., 2016, with sums for the squares); every class that occurs has the same weight, whatever its
 * area:
 *
 *     I_k = sum_i p_ik y_ik    S_k = sum_i p_ik + y_ik    y_ik = [label_i = k]
 *     dice = sum_k w_k (1 - (2 I_k + 1) / (S_k + 1))
 *     w_k = 1 / (number of classes with a row of that label), 0 for a class without
 *
 * A class without a row has no overlap to measure. If it counted, it would only push its own p
 * towards 0, and a rare class, absent from most batches, would never be learnt. The 1 smooths by
 * one pixel. The sums exclude rows labelled ignore_label; without any other row the loss is 0.
 * dp_ik = -w_k (2 y_ik / (S_k + 1) - (2 I_k + 1) / (S_k + 1)^2), then dz = p (dp - <dp, p>). */
#include "autograd/segmentation_loss.h"
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/reduce.h"
#include "autograd/softmax_cross_entropy.h"
#include "autograd/softmax_rows.h"
#include "autograd/transposed_rows.h"

#include <string.h>

enum { CHUNK_ROWS = 1024 };

static int64_t chunks_of(const Node *node) {
    return (shape_rows(&node->inputs[0]->shape) + CHUNK_ROWS - 1) / CHUNK_ROWS;
}

static bool segmentation_loss_shape(Node *node, Error *error) {
    const Shape *logits = &node->inputs[0]->shape;
    Shape rows = *logits;
    if (logits->rank < 1 || shape_elements(logits) == 0)
        return error_set(error, "logits must be [..., K] and not empty");
    rows.size[--rows.rank] = 0;
    if (!shape_equal(&node->inputs[1]->shape, &rows))
        return error_set(error, "labels must be %s", shape_text(&rows).text);
    if (node->input_count > 2 &&
        (node->inputs[2]->shape.rank != 1 || node->inputs[2]->shape.size[0] != shape_last(logits)))
        return error_set(error, "class weights must be [%lld]", (long long)shape_last(logits));
    node->shape = shape_1(SEGMENTATION_LOSSES);
    node_save(node, *logits);
    node_save(node, shape_2(chunks_of(node), 2));
    node_save(node, shape_3(chunks_of(node), 3, shape_last(logits)));
    return true;
}

/* The labels of a block of rows; rows that do not exist are ignored. */
static void load_labels(const Node *node, int64_t first, int64_t count, int32_t *labels) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int ignore_label = ((const SegmentationLoss *)node->attributes)->ignore_label;
    const real *label = node->inputs[1]->value.data + first;
    for (int64_t r = 0; r < TRANSPOSED_ROWS; r++) {
        const int64_t k =
            r < count ? label_class(label[r], classes, ignore_label) : (int64_t)LABEL_IGNORED;
        PROMISE(k != LABEL_WRONG, "segmentation_loss: label %g of row %lld; expected 0..%lld or %d",
                (double)label[r], (long long)(first + r), (long long)classes - 1, ignore_label);
        labels[r] = (int32_t)k;
    }
}

static real weight_of(const Node *node, int32_t label) {
    if (label == LABEL_IGNORED) return 0;
    return node->input_count > 2 ? node->inputs[2]->value.data[label] : 1;
}

/* Rows of a block added to the sums of w_i l_i and of w_i. */
static void add_entropy(const Node *node, const int32_t *labels, int64_t count, const real *z,
                        const SoftmaxSum *of_row, real *sums) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    for (int64_t row = 0; row < count; row++) {
        if (labels[row] == LABEL_IGNORED) continue;
        const real weight = weight_of(node, labels[row]);
        sums[0] -= weight * softmax_log(of_row[row], z[row * classes + labels[row]], 1);
        sums[1] += weight;
    }
}

/* Class k of a block of rows added to I_k, S_k and the number of rows of that class. */
static void add_class(const real *p, const int32_t *labels, int32_t k, real *common, real *size,
                      real *rows_of) {
    real commons[TRANSPOSED_ROWS], sizes[TRANSPOSED_ROWS], counts[TRANSPOSED_ROWS];
#pragma omp simd
    for (int r = 0; r < TRANSPOSED_ROWS; r++) {
        const real here = labels[r] == k ? 1 : 0;
        commons[r] = labels[r] == k ? p[r] : 0;
        sizes[r] = labels[r] == LABEL_IGNORED ? 0 : p[r] + here;
        counts[r] = here;
    }
    *common += reduce_halves(commons, TRANSPOSED_ROWS);
    *size += reduce_halves(sizes, TRANSPOSED_ROWS);
    *rows_of += reduce_halves(counts, TRANSPOSED_ROWS);
}

static void sum_chunk(Node *node, int64_t chunk) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape), first = chunk * CHUNK_ROWS;
    const int64_t count = transposed_left(rows, first, CHUNK_ROWS);
    const real *z = node->inputs[0]->value.data + first * classes;
    real *p = node->saved[SEGMENTATION_PROBABILITIES].data + first * classes;
    real *entropy = node->saved[SEGMENTATION_ENTROPY].data + 2 * chunk;
    real *common = node->saved[SEGMENTATION_DICE].data + 3 * chunk * classes;
    real *size = common + classes, *rows_of = size + classes;
    SoftmaxSum sums[CHUNK_ROWS];
    entropy[0] = entropy[1] = 0;
    memset(common, 0, 3 * (size_t)classes * sizeof *common);
    softmax_rows(z, 1, count, classes, p, sums);
    for (int64_t row = 0; row < count; row += TRANSPOSED_ROWS) {
        const int64_t here = transposed_left(count, row, TRANSPOSED_ROWS);
        int32_t labels[TRANSPOSED_ROWS];
        load_labels(node, first + row, here, labels);
        add_entropy(node, labels, here, z + row * classes, sums + row, entropy);
        for (int64_t begin = 0; begin < classes; begin += TRANSPOSED_CHANNELS) {
            TransposedRows block;
            transposed_load(&block, p + row * classes + begin, classes, here,
                            transposed_left(classes, begin, TRANSPOSED_CHANNELS));
            for (int64_t i = 0, k = begin; i < block.channels; i++, k++)
                add_class(block.of[i], labels, (int32_t)k, common + k, size + k, rows_of + k);
        }
    }
}

static void segmentation_loss_forward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape), chunks = chunks_of(node);
    const int64_t elements = shape_elements(&node->inputs[0]->shape);
    real *entropy = node->saved[SEGMENTATION_ENTROPY].data;
    real *sums = node->saved[SEGMENTATION_DICE].data, *weights = sums + 2 * classes;
    real present = 0, dice = 0;
#pragma omp parallel for schedule(static) if (parallel_pays(elements))
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum_chunk(node, chunk);
    for (int64_t i = 0; i < 3 * classes; i++) reduce_pairwise(sums + i, chunks, 3 * classes);
    for (int64_t k = 0; k < classes; k++) present += weights[k] > 0 ? 1 : 0;
    for (int64_t k = 0; k < classes; k++) {
        weights[k] = soft_dice_weight(weights[k], present);
        dice += soft_dice_share(sums, classes, k);
    }
    const real loss = reduce_pairwise(entropy, chunks, 2);
    node->value.data[LOSS_CROSS_ENTROPY] =
        cross_entropy_mean(loss, reduce_pairwise(entropy + 1, chunks, 2));
    node->value.data[LOSS_SOFT_DICE] = dice;
}

/* <dp, p> of every row, of a slice of the classes. */
static void add_inner(const TransposedRows *p, const int32_t *labels, int64_t begin,
                      const real *sums, int64_t classes, real *inner) {
    for (int64_t k = 0; k < p->channels; k++) {
        const int32_t class = (int32_t)(begin + k);
        const real anywhere = soft_dice_gradient_anywhere(sums, classes, class);
        const real in_class = soft_dice_gradient_in_class(sums, classes, class);
        const real *of = p->of[k];
#pragma omp simd
        for (int r = 0; r < TRANSPOSED_ROWS; r++)
            inner[r] += of[r] * soft_dice_slope(anywhere, in_class, labels[r] == class);
    }
}

/* dz of the cross-entropy. factor: w_i / sum w dloss, of each row. */
static void set_entropy_gradient(const TransposedRows *p, const int32_t *labels, int64_t begin,
                                 const real *factor, TransposedRows *dz) {
    for (int64_t k = 0; k < p->channels; k++) {
        const real *of = p->of[k];
        real *to = dz->of[k];
#pragma omp simd
        for (int r = 0; r < TRANSPOSED_ROWS; r++)
            to[r] = cross_entropy_gradient(factor[r], of[r], (int32_t)(begin + k), labels[r]);
    }
}

static void add_rows(TransposedRows *to, const TransposedRows *share) {
    for (int64_t k = 0; k < to->channels; k++)
#pragma omp simd
        for (int r = 0; r < TRANSPOSED_ROWS; r++) to->of[k][r] += share->of[k][r];
}

/* p becomes dz of Dice. */
static void set_dice_gradient(TransposedRows *p, const int32_t *labels, int64_t begin,
                              const real *sums, int64_t classes, const real *inner, real dloss) {
    for (int64_t k = 0; k < p->channels; k++) {
        const int32_t class = (int32_t)(begin + k);
        const real anywhere = soft_dice_gradient_anywhere(sums, classes, class);
        const real in_class = soft_dice_gradient_in_class(sums, classes, class);
        real *of = p->of[k];
#pragma omp simd
        for (int r = 0; r < TRANSPOSED_ROWS; r++) {
            const real dp = soft_dice_slope(anywhere, in_class, labels[r] == class);
            const real dz = dloss * softmax_gradient(of[r], dp, inner[r]);
            of[r] = labels[r] == LABEL_IGNORED ? 0 : dz;
        }
    }
}

/* dz of a block of rows, from p of the block, a slice of its classes at a time. */
static void backward_block(const Node *node, int64_t first, int64_t count, const real *p,
                           Gradient dz) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const real *sums = node->saved[SEGMENTATION_DICE].data;
    const real ddice = node->gradient.data[LOSS_SOFT_DICE];
    const real share = cross_entropy_mean(node->gradient.data[LOSS_CROSS_ENTROPY],
                                          node->saved[SEGMENTATION_ENTROPY].data[1]);
    real inner[TRANSPOSED_ROWS] = { 0 }, factor[TRANSPOSED_ROWS];
    int32_t labels[TRANSPOSED_ROWS];
    TransposedRows block, entropy;
    load_labels(node, first, count, labels);
    for (int r = 0; r < TRANSPOSED_ROWS; r++) factor[r] = share * weight_of(node, labels[r]);
    for (int64_t begin = 0; begin < classes; begin += TRANSPOSED_CHANNELS) {
        transposed_load(&block, p + begin, classes, count,
                        transposed_left(classes, begin, TRANSPOSED_CHANNELS));
        add_inner(&block, labels, begin, sums, classes, inner);
    }
    for (int64_t begin = 0; begin < classes; begin += TRANSPOSED_CHANNELS) {
        if (classes > TRANSPOSED_CHANNELS) /* else it is there already */
            transposed_load(&block, p + begin, classes, count,
                            transposed_left(classes, begin, TRANSPOSED_CHANNELS));
        set_entropy_gradient(&block, labels, begin, factor, &entropy);
        set_dice_gradient(&block, labels, begin, sums, classes, inner, ddice);
        add_rows(&block, &entropy);
        transposed_store_gradient(&block, classes, (Gradient){ dz.data + begin, dz.accumulate });
    }
}

static void segmentation_loss_backward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const real *p = node->saved[SEGMENTATION_PROBABILITIES].data;
    const Gradient dz = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * classes))
    for (int64_t row = 0; row < rows; row += TRANSPOSED_ROWS)
        backward_block(node, row, transposed_left(rows, row, TRANSPOSED_ROWS), p + row * classes,
                       (Gradient){ dz.data + row * classes, dz.accumulate });
}

static Node *build(Node *const *in, const double *arguments) {
    return op_segmentation_loss(in[0], in[1], in[2], (int)arguments[0]);
}

static double p_of(const real *z, int64_t classes, int64_t k) {
    double total = 0;
    for (int64_t j = 0; j < classes; j++) total += exp((double)z[j] - (double)z[k]);
    return 1 / total;
}

static double dice_of_class(const Node *node, int ignore_label, int64_t k, bool *present) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    double common = 0, size = 0;
    *present = false;
    for (int64_t row = 0; row < shape_rows(&node->inputs[0]->shape); row++) {
        const int label = (int)node->inputs[1]->value.data[row];
        if (label == ignore_label) continue;
        const double p = p_of(node->inputs[0]->value.data + row * classes, classes, k);
        common += label == k ? p : 0;
        size += p + (label == k ? 1 : 0);
        *present |= label == k;
    }
    return 1 - (2 * common + 1) / (size + 1);
}

static void oracle(const Node *node, double *y) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int ignore_label = ((const SegmentationLoss *)node->attributes)->ignore_label;
    double loss = 0, weights = 0, dice = 0, there = 0;
    for (int64_t row = 0; row < shape_rows(&node->inputs[0]->shape); row++) {
        const int label = (int)node->inputs[1]->value.data[row];
        if (label == ignore_label) continue;
        const double w = node->input_count > 2 ? (double)node->inputs[2]->value.data[label] : 1;
        loss -= w * log(p_of(node->inputs[0]->value.data + row * classes, classes, label));
        weights += w;
    }
    for (int64_t k = 0; k < classes; k++) {
        bool present;
        const double of_class = dice_of_class(node, ignore_label, k, &present);
        dice += present ? of_class : 0;
        there += present;
    }
    y[LOSS_CROSS_ENTROPY] = weights > 0 ? loss / weights : 0;
    y[LOSS_SOFT_DICE] = there > 0 ? dice / there : 0;
}

static const ProbeCase segmentation_loss_cases[] = {
    { "odd",
      { { { 2, 3, 5, 4 }, -3, 3 }, { { 2, 3, 5 }, 0, 3, PROBE_INTEGER } },
      { 255 },
      .axes = { "nhwc", "nhw" } },
    { "weighted",
      { { { 31, 5 }, -3, 3 }, { { 31 }, 0, 4, PROBE_INTEGER }, { { 5 }, 0.1, 3 } },
      { 255 } },
    { "class 2 ignored", { { { 3, 7, 3 }, -3, 3 }, { { 3, 7 }, 0, 2, PROBE_INTEGER } }, { 2 } },
    { "weighted, class 2 ignored",
      { { { 3, 7, 3 }, -3, 3 }, { { 3, 7 }, 0, 2, PROBE_INTEGER }, { { 3 }, 0.1, 3 } },
      { 2 },
      .axes = { "nhc", "nh", "c" } },
    { "several chunks", { { { 1030, 3 }, -3, 3 }, { { 1030 }, 0, 2, PROBE_INTEGER } }, { 2 } },
    { "an absent class", { { { 7, 3 }, -3, 3 }, { { 7 }, 0, 1, PROBE_INTEGER } }, { 255 } },
    { "more classes than are transposed at once",
      { { { 70, 19 }, -3, 3 }, { { 70 }, 0, 18, PROBE_INTEGER }, { { 19 }, 0.1, 3 } },
      { 2 } },
    { "one class, one row", { { { 1, 1 }, -3, 3 }, { { 1 }, 0, 0, PROBE_INTEGER } }, { 255 } },
    { 0 },
};

const Op segmentation_loss_op = {
    .name = "segmentation_loss",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1) | INPUT(2),
    .shape = segmentation_loss_shape,
    .forward = KERNEL(segmentation_loss_forward),
    .backward = KERNEL(segmentation_loss_backward),
    .probe = { build, oracle, segmentation_loss_cases },
};

Node *op_segmentation_loss(Node *logits, Node *labels, Node *class_weights, int ignore_label) {
    const SegmentationLoss attributes = { ignore_label };
    return graph_append(&segmentation_loss_op, (Node *[]){ logits, labels, class_weights },
                        class_weights ? 3 : 2, &attributes, sizeof attributes);
}

Node *segmentation_loss_part(Node *losses, int part) {
    return op_reshape(op_slice_channels(losses, part, 1), shape_0());
}
