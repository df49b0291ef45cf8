/* Soft Dice loss (Milletari et al., 2016, with sums for the squares) of p = op_softmax(logits), over
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
#include "autograd/softmax_rows.h"
#include "autograd/transposed_rows.h"

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

/* The labels of a block of rows; those of rows that do not exist are ignored. */
static void load_labels(const Node *node, int64_t first, int64_t count, int32_t *labels) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int ignore_label = ((const SoftDice *)node->attributes)->ignore_label;
    const real *label = node->inputs[1]->value.data + first;
    for (int64_t r = 0; r < TRANSPOSED_ROWS; r++) {
        const int64_t k =
            r < count ? label_class(label[r], classes, ignore_label) : (int64_t)LABEL_IGNORED;
        PROMISE(k != LABEL_WRONG, "soft_dice: label %g of row %lld; expected 0..%lld or %d",
                (double)label[r], (long long)(first + r), (long long)classes - 1, ignore_label);
        labels[r] = (int32_t)k;
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
    real *p = node->saved[SOFT_DICE_PROBABILITIES].data + first * classes;
    real *common = node->saved[SOFT_DICE_SUMS].data + 3 * chunk * classes, *size = common + classes;
    real *rows_of = size + classes;
    memset(common, 0, 3 * (size_t)classes * sizeof *common);
    softmax_rows(node->inputs[0]->value.data + first * classes, 1, count, classes, p, NULL);
    for (int64_t row = 0; row < count; row += TRANSPOSED_ROWS) {
        const int64_t here = transposed_left(count, row, TRANSPOSED_ROWS);
        int32_t labels[TRANSPOSED_ROWS];
        load_labels(node, first + row, here, labels);
        for (int64_t begin = 0; begin < classes; begin += TRANSPOSED_CHANNELS) {
            TransposedRows block;
            transposed_load(&block, p + row * classes + begin, classes, here,
                            transposed_left(classes, begin, TRANSPOSED_CHANNELS));
            for (int64_t i = 0, k = begin; i < block.channels; i++, k++)
                add_class(block.of[i], labels, (int32_t)k, common + k, size + k, rows_of + k);
        }
    }
}

static void soft_dice_forward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape), chunks = chunks_of(node);
    const int64_t elements = shape_elements(&node->inputs[0]->shape);
    real *sums = node->saved[SOFT_DICE_SUMS].data, *weights = sums + 2 * classes, present = 0,
         loss = 0;
#pragma omp parallel for schedule(static) if (parallel_pays(elements))
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum_chunk(node, chunk);
    for (int64_t i = 0; i < 3 * classes; i++) reduce_pairwise(sums + i, chunks, 3 * classes);
    for (int64_t k = 0; k < classes; k++) present += weights[k] > 0 ? 1 : 0;
    for (int64_t k = 0; k < classes; k++) {
        weights[k] = soft_dice_weight(weights[k], present);
        loss += soft_dice_share(sums, classes, k);
    }
    node->value.data[0] = loss;
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

/* p becomes dz. */
static void set_gradient(TransposedRows *p, const int32_t *labels, int64_t begin, const real *sums,
                         int64_t classes, const real *inner, real dloss) {
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
    const real *sums = node->saved[SOFT_DICE_SUMS].data, dloss = node->gradient.data[0];
    real inner[TRANSPOSED_ROWS] = { 0 };
    int32_t labels[TRANSPOSED_ROWS];
    TransposedRows block;
    load_labels(node, first, count, labels);
    for (int64_t begin = 0; begin < classes; begin += TRANSPOSED_CHANNELS) {
        transposed_load(&block, p + begin, classes, count,
                        transposed_left(classes, begin, TRANSPOSED_CHANNELS));
        add_inner(&block, labels, begin, sums, classes, inner);
    }
    for (int64_t begin = 0; begin < classes; begin += TRANSPOSED_CHANNELS) {
        if (classes > TRANSPOSED_CHANNELS) /* else it is there already */
            transposed_load(&block, p + begin, classes, count,
                            transposed_left(classes, begin, TRANSPOSED_CHANNELS));
        set_gradient(&block, labels, begin, sums, classes, inner, dloss);
        transposed_store_gradient(&block, classes, (Gradient){ dz.data + begin, dz.accumulate });
    }
}

static void soft_dice_backward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const real *p = node->saved[SOFT_DICE_PROBABILITIES].data;
    const Gradient dz = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * classes))
    for (int64_t row = 0; row < rows; row += TRANSPOSED_ROWS)
        backward_block(node, row, transposed_left(rows, row, TRANSPOSED_ROWS), p + row * classes,
                       (Gradient){ dz.data + row * classes, dz.accumulate });
}

static Node *build(Node *const *in, const double *arguments) {
    return op_soft_dice(in[0], in[1], (int)arguments[0]);
}

static void oracle(const Node *node, double *y) {
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

static const ProbeCase soft_dice_cases[] = {
    { "odd",
      { { { 2, 3, 5, 4 }, -3, 3 }, { { 2, 3, 5 }, 0, 3, PROBE_INTEGER } },
      { 255 },
      .axes = { "nhwc", "nhw" } },
    { "class 2 ignored", { { { 3, 7, 3 }, -3, 3 }, { { 3, 7 }, 0, 2, PROBE_INTEGER } }, { 2 } },
    { "several chunks", { { { 1030, 3 }, -3, 3 }, { { 1030 }, 0, 2, PROBE_INTEGER } }, { 2 } },
    { "an absent class", { { { 7, 3 }, -3, 3 }, { { 7 }, 0, 1, PROBE_INTEGER } }, { 255 } },
    { "more classes than are transposed at once",
      { { { 70, 19 }, -3, 3 }, { { 70 }, 0, 18, PROBE_INTEGER } },
      { 2 } },
    { "one class, one row", { { { 1, 1 }, -3, 3 }, { { 1 }, 0, 0, PROBE_INTEGER } }, { 255 } },
    { 0 },
};

const Op soft_dice_op = {
    .name = "soft_dice",
    .differentiable = INPUT(0),
    .backward_reads = INPUT(1),
    .shape = soft_dice_shape,
    .forward = KERNEL(soft_dice_forward),
    .backward = KERNEL(soft_dice_backward),
    .probe = { build, oracle, soft_dice_cases },
};

Node *op_soft_dice(Node *logits, Node *labels, int ignore_label) {
    const SoftDice attributes = { ignore_label };
    return graph_append(&soft_dice_op, (Node *[]){ logits, labels }, 2, &attributes,
                        sizeof attributes);
}
