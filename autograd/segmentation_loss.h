/* segmentation_loss.h - attributes, outputs and saved tensors of segmentation_loss, and the
 * formulas of soft Dice for one class, on any device. */
#ifndef AUTOGRAD_SEGMENTATION_LOSS_H
#define AUTOGRAD_SEGMENTATION_LOSS_H

#include "autograd/softmax_row.h"

typedef struct SegmentationLoss {
    int ignore_label;
} SegmentationLoss;

/* saved: p; the sums of w_i l_i and of w_i by chunk of rows, [chunks, 2]; I_k, S_k and the number
 * of rows of class k by chunk, [chunks, 3, K]. Totals replace those of the first chunk, and the w_k
 * of Dice replace the number. */
enum { SEGMENTATION_PROBABILITIES, SEGMENTATION_ENTROPY, SEGMENTATION_DICE };

/* w_k, of a class with so many rows where `present` classes have any. */
static inline HD real soft_dice_weight(real rows, real present) {
    return rows > 0 ? 1 / present : 0;
}

/* The share of class k in the loss; like the rest, from the totals [3, K]. */
static inline HD real soft_dice_share(const real *sums, int64_t classes, int64_t k) {
    return sums[2 * classes + k] * (1 - (2 * sums[k] + 1) / (sums[classes + k] + 1));
}

/* dp of a class: what every row has, and what a row of that class has on top. */
static inline HD real soft_dice_gradient_anywhere(const real *sums, int64_t classes, int64_t k) {
    const real size = sums[classes + k] + 1;
    return sums[2 * classes + k] * (2 * sums[k] + 1) / (size * size);
}

static inline HD real soft_dice_gradient_in_class(const real *sums, int64_t classes, int64_t k) {
    return -2 * sums[2 * classes + k] / (sums[classes + k] + 1);
}

/* dp of a class from these two; in_class_k: whether the row is of that class. */
static inline HD real soft_dice_slope(real anywhere, real in_class, bool in_class_k) {
    return anywhere + (in_class_k ? in_class : 0);
}

/* <dp, p> of a row of class label. */
static inline HD real soft_dice_inner(const real *sums, const real *p, int64_t classes,
                                      int64_t label) {
    real inner = p[label] * soft_dice_gradient_in_class(sums, classes, label);
    for (int64_t k = 0; k < classes; k++)
        inner += p[k] * soft_dice_gradient_anywhere(sums, classes, k);
    return inner;
}

/* dz of class k in such a row, for a dloss of 1. */
static inline HD real soft_dice_gradient(const real *sums, real p, int64_t classes, int64_t label,
                                         real inner, int64_t k) {
    const real dp = soft_dice_slope(soft_dice_gradient_anywhere(sums, classes, k),
                                    soft_dice_gradient_in_class(sums, classes, k), k == label);
    return softmax_gradient(p, dp, inner);
}

#endif
