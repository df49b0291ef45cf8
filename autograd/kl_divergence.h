/* kl_divergence.h - attributes, saved tensors and the formula of one class, on any device. */
#ifndef AUTOGRAD_KL_DIVERGENCE_H
#define AUTOGRAD_KL_DIVERGENCE_H

#include "autograd/softmax_row.h"

typedef struct KlDivergence {
    real temperature;
} KlDivergence;

/* saved: p - q; the sum by chunk of rows; scratch memory for the q of one row of each chunk. */
enum { KL_DIFFERENCE, KL_SUMS, KL_ROW };

/* q (log q - log p) of one class. */
static inline HD real kl_divergence_share(real q, SoftmaxSum sum_q, real teacher, SoftmaxSum sum_p,
                                          real student, real temperature) {
    return q *
           (softmax_log(sum_q, teacher, temperature) - softmax_log(sum_p, student, temperature));
}

#endif
