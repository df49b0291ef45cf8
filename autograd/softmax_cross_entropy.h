/* softmax_cross_entropy.h - attributes, saved tensors and the gradient, on any device. */
#ifndef AUTOGRAD_SOFTMAX_CROSS_ENTROPY_H
#define AUTOGRAD_SOFTMAX_CROSS_ENTROPY_H

#include "autograd/softmax_row.h"

typedef struct SoftmaxCrossEntropy {
    int ignore_label;
} SoftmaxCrossEntropy;

/* saved: p; the sums of w_i l_i and of w_i by chunk of rows, with the totals in the first chunk's
 * place. */
enum { CROSS_ENTROPY_PROBABILITIES, CROSS_ENTROPY_SUMS };

/* loss = sum of w_i l_i / sum of w_i; 0 when no row counts. */
static inline HD real cross_entropy_mean(real loss, real weight) {
    return weight != 0 ? loss / weight : 0;
}

/* dz of class k in a row of class label. factor: w_i / sum w dloss. */
static inline HD real cross_entropy_gradient(real factor, real p, int64_t k, int64_t label) {
    return label == LABEL_IGNORED ? 0 : factor * (p - (k == label));
}

#endif
