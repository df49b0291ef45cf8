/* Lovasz-softmax loss: the piecewise linear, convex extension of the Jaccard loss 1 - IoU of each class
 * to errors that lie between 0 and 1; ops.def has its formula.
 *
 * A radix sort of their bits orders the errors: non-negative numbers have the same order as their
 * bits. */
#include "autograd/lovasz_softmax.h"
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/reduce.h"
#include "autograd/softmax_rows.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

#ifdef REAL_IS_DOUBLE
typedef uint64_t ErrorBits;
#else
typedef uint32_t ErrorBits;
#endif

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, CHUNK = 1024 };

/* A row as a sort key: the largest error first, because its bits are inverted. */
typedef struct SortItem {
    ErrorBits bits;
    uint32_t row;
} SortItem;

static bool lovasz_softmax_shape(Node *node, Error *error) {
    const Shape *logits = &node->inputs[0]->shape;
    Shape rows = *logits;
    if (logits->rank < 1 || shape_elements(logits) == 0)
        return error_set(error, "logits must be [..., K] and not empty");
    if (shape_rows(logits) > INT32_MAX) return error_set(error, "logits of more than 2^31 rows");
    rows.size[--rows.rank] = 0;
    if (!shape_equal(&node->inputs[1]->shape, &rows))
        return error_set(error, "labels must be %s", shape_text(&rows).text);
    node->shape = shape_0();
    node_save(node, *logits);
    node_save(node, *logits);
    return true;
}

/* The class of each row, in 32 bits; the number of rows of each class. */
static void read_labels(const Node *node, int32_t *labels, int64_t *counts) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const int ignore_label = ((const LovaszSoftmax *)node->attributes)->ignore_label;
    const real *label = node->inputs[1]->value.data;
    for (int64_t i = 0; i < rows; i++) {
        const int64_t k = label_class(label[i], classes, ignore_label);
        PROMISE(k != LABEL_WRONG, "lovasz_softmax: label %g of row %lld; expected 0..%lld or %d",
                (double)label[i], (long long)i, (long long)classes - 1, ignore_label);
        labels[i] = (int32_t)k;
        if (k != LABEL_IGNORED) counts[k]++;
    }
}

static ErrorBits falling_bits(real error) {
    ErrorBits bits;
    error = error > 0 ? error : 0; /* 1 - p of a p that was rounded above 1, and -0 */
    memcpy(&bits, &error, sizeof bits);
    return ~bits;
}

static real error_of(ErrorBits bits) {
    real error;
    bits = ~bits;
    memcpy(&error, &bits, sizeof error);
    return error;
}

/* One pass of the radix sort, by the digit at bit `shift`; it is stable. */
static void sort_by_digit(const SortItem *from, SortItem *to, int64_t count, int shift) {
    int64_t places[DIGITS] = { 0 }, next = 0;
    for (int64_t i = 0; i < count; i++) places[from[i].bits >> shift & (DIGITS - 1)]++;
    for (int digit = 0; digit < DIGITS; digit++) {
        const int64_t here = places[digit];
        places[digit] = next;
        next += here;
    }
    for (int64_t i = 0; i < count; i++)
        to[places[from[i].bits >> shift & (DIGITS - 1)]++] = from[i];
}

/* Returns the sorted items, which are in one of the two arrays. */
static const SortItem *sort(SortItem *items, SortItem *other, int64_t count) {
    for (int shift = 0; shift < 8 * (int)sizeof(ErrorBits); shift += DIGIT_BITS) {
        sort_by_digit(items, other, count, shift);
        SortItem *swap = items;
        items = other;
        other = swap;
    }
    return items;
}

/* The slopes of class k, and its share of the loss. room: for twice as many items as rows. */
static real class_loss(Node *node, const int32_t *labels, int64_t k, int64_t of_class,
                       int64_t present, SortItem *room) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const real *p = node->saved[LOVASZ_PROBABILITIES].data;
    real *slopes = node->saved[LOVASZ_SLOPES].data;
    int64_t count = 0, in_class_before = 0;
    for (int64_t row = 0; row < rows; row++)
        if (labels[row] != LABEL_IGNORED)
            room[count++] =
                (SortItem){ falling_bits(lovasz_error(p[row * classes + k], labels[row] == k)),
                            (uint32_t)row };
    const SortItem *sorted = sort(room, room + rows, count);
    double loss = 0;
    for (int64_t first = 0; first < count; first += CHUNK) {
        const int64_t end = first + CHUNK < count ? first + CHUNK : count;
        double chunk = 0;
        for (int64_t i = first; i < end; i++) {
            const int64_t row = sorted[i].row;
            const bool in_class = labels[row] == k;
            const real gain = lovasz_gain(of_class, in_class_before, i - in_class_before, in_class);
            chunk += (double)gain * (double)error_of(sorted[i].bits);
            slopes[row * classes + k] = lovasz_slope(gain, in_class, present);
            in_class_before += in_class;
        }
        loss += chunk;
    }
    return (real)(loss / (double)present);
}

static void lovasz_softmax_forward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    int32_t *labels = memory_new((size_t)rows, sizeof *labels);
    int64_t *counts = memory_new((size_t)classes, sizeof *counts), present = 0;
    real *losses = memory_new((size_t)classes, sizeof *losses);
    read_labels(node, labels, counts);
    for (int64_t k = 0; k < classes; k++) present += counts[k] > 0;
    softmax_rows(node->inputs[0]->value.data, 1, rows, classes,
                 node->saved[LOVASZ_PROBABILITIES].data, NULL);
    tensor_zero(&node->saved[LOVASZ_SLOPES]);
#pragma omp parallel for schedule(dynamic) if (parallel_pays(rows * classes))
    for (int64_t k = 0; k < classes; k++) {
        if (counts[k] == 0) continue;
        SortItem *room = memory_new(2 * (size_t)rows, sizeof *room);
        losses[k] = class_loss(node, labels, k, counts[k], present, room);
        free(room);
    }
    node->value.data[0] = reduce_pairwise(losses, classes, 1);
    free(labels);
    free(counts);
    free(losses);
}

static void lovasz_softmax_backward_cpu(Node *node) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const real dloss = node->gradient.data[0];
    const Gradient dz = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (parallel_pays(rows * classes))
    for (int64_t row = 0; row < rows; row++) {
        const real *p = node->saved[LOVASZ_PROBABILITIES].data + row * classes;
        const real *dp = node->saved[LOVASZ_SLOPES].data + row * classes;
        real inner = 0;
        for (int64_t k = 0; k < classes; k++) inner += dp[k] * p[k];
        for (int64_t k = 0; k < classes; k++)
            gradient_store(dz, row * classes + k, dloss * softmax_gradient(p[k], dp[k], inner));
    }
}

static Node *build(Node *const *in, const double *arguments) {
    return op_lovasz_softmax(in[0], in[1], (int)arguments[0]);
}

/* p of class k in a row. */
static double probability(const Node *node, int64_t row, int64_t k) {
    const int64_t classes = shape_last(&node->inputs[0]->shape);
    const real *z = node->inputs[0]->value.data + row * classes;
    double total = 0;
    for (int64_t j = 0; j < classes; j++) total += exp((double)z[j] - (double)z[k]);
    return 1 / total;
}

/* The loss as an integral over a level: 1 - IoU of class k where the rows whose error exceeds the
 * level are wrong. It is constant between two errors, so only the order of the levels matters: for
 * each row, find the next smaller error. */
static double class_oracle(const Node *node, int64_t k, int ignore_label, int64_t *of_class) {
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const real *labels = node->inputs[1]->value.data;
    double *errors = memory_new((size_t)rows, sizeof *errors), loss = 0;
    *of_class = 0;
    for (int64_t i = 0; i < rows; i++) {
        const double p = probability(node, i, k);
        errors[i] = (int)labels[i] == ignore_label ? -1 : (int)labels[i] == k ? 1 - p : p;
        *of_class += (int)labels[i] == k && (int)labels[i] != ignore_label;
    }
    for (int64_t i = 0; i < rows; i++) {
        double below = 0, missed = 0, added = 0;
        bool first = errors[i] >= 0;
        for (int64_t j = 0; j < rows; j++) {
            if (errors[j] < errors[i]) below = fmax(below, errors[j]);
            if (errors[j] < errors[i]) continue;
            if (errors[j] == errors[i] && j < i) first = false; /* that level has been counted */
            missed += (int)labels[j] == k;
            added += (int)labels[j] != k;
        }
        if (first)
            loss += (errors[i] - below) *
                    (1 - ((double)*of_class - missed) / ((double)*of_class + added));
    }
    free(errors);
    return loss;
}

static void oracle(const Node *node, double *y) {
    const int ignore_label = ((const LovaszSoftmax *)node->attributes)->ignore_label;
    double present = 0;
    for (int64_t k = 0; k < shape_last(&node->inputs[0]->shape); k++) {
        int64_t of_class;
        const double loss = class_oracle(node, k, ignore_label, &of_class);
        if (of_class == 0) continue;
        y[0] += loss;
        present++;
    }
    if (present > 0) y[0] /= present;
}

static const ProbeCase lovasz_softmax_cases[] = {
    { "odd", { { { 2, 3, 5, 4 }, -3, 3 }, { { 2, 3, 5 }, 0, 3, PROBE_INTEGER } }, { 255 } },
    { "class 2 ignored", { { { 3, 7, 3 }, -3, 3 }, { { 3, 7 }, 0, 2, PROBE_INTEGER } }, { 2 } },
    { "several pieces", { { { 270, 2 }, -3, 3 }, { { 270 }, 0, 1, PROBE_INTEGER } }, { 255 } },
    { "an absent class", { { { 7, 3 }, -3, 3 }, { { 7 }, 0, 1, PROBE_INTEGER } }, { 255 } },
    /* Among thousands of rows some errors are so close that a step of the gradient check swaps
     * them. So the derived large case has many classes instead. */
    { "many classes",
      { { { 7, 5 }, -3, 3 }, { { 7 }, 0, 4, PROBE_INTEGER } },
      { 2 },
      .axes = { ".c", "." } },
    { "one class, one row", { { { 1, 1 }, -3, 3 }, { { 1 }, 0, 0, PROBE_INTEGER } }, { 255 } },
    { 0 },
};

const Op lovasz_softmax_op = {
    .name = "lovasz_softmax",
    .differentiable = INPUT(0),
    .shape = lovasz_softmax_shape,
    .forward = KERNEL(lovasz_softmax_forward),
    .backward = KERNEL(lovasz_softmax_backward),
    .probe = { build, oracle, lovasz_softmax_cases },
};

Node *op_lovasz_softmax(Node *logits, Node *labels, int ignore_label) {
    const LovaszSoftmax attributes = { ignore_label };
    return graph_append(&lovasz_softmax_op, (Node *[]){ logits, labels }, 2, &attributes,
                        sizeof attributes);
}
