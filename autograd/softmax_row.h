/* softmax_row.h - the softmax of one row, and what a label may be; shared by CPU and GPU. */
#ifndef AUTOGRAD_SOFTMAX_ROW_H
#define AUTOGRAD_SOFTMAX_ROW_H

#include "tensor/real.h"

/* The terms of log p besides x, kept separate so that large logits lose no digits. */
typedef struct SoftmaxSum {
    real largest;   /* of x */
    real log_total; /* log sum exp((x - largest) / temperature) */
} SoftmaxSum;

/* p = op_softmax(x / temperature) over n channels. The largest is subtracted first, which prevents
 * overflow; p may be x. */
static inline HD SoftmaxSum softmax_row(const real *x, real temperature, int64_t n, real *p) {
    real largest = x[0], total = 0;
    for (int64_t k = 1; k < n; k++) largest = x[k] > largest ? x[k] : largest;
    for (int64_t k = 0; k < n; k++) {
        p[k] = exp((x[k] - largest) / temperature);
        total += p[k];
    }
    const real share = 1 / total;
    for (int64_t k = 0; k < n; k++) p[k] *= share;
    const SoftmaxSum sum = { largest, (real)log(total) };
    return sum;
}

/* The logarithm of the p that belongs to x. */
static inline HD real softmax_log(SoftmaxSum sum, real x, real temperature) {
    return (x - sum.largest) / temperature - sum.log_total;
}

/* dx = p (dp - <dp, p>), from the inner product. */
static inline HD real softmax_gradient(real p, real dp, real inner) {
    return p * (dp - inner);
}

enum { LABEL_IGNORED = -1, LABEL_WRONG = -2 };

/* The class of a label: 0..classes-1, LABEL_IGNORED for ignore_label, else LABEL_WRONG. */
static inline HD int64_t label_class(real label, int64_t classes, int ignore_label) {
    if (label == (real)ignore_label) return LABEL_IGNORED;
    if (!(label >= 0 && label < (real)classes)) return LABEL_WRONG;
    const int64_t k = (int64_t)label;
    return (real)k == label ? k : (int64_t)LABEL_WRONG;
}

#endif
