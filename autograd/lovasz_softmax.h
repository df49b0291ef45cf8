/* lovasz_softmax.h - attributes, and the formulas of one pixel of one class, on any device. */
#ifndef AUTOGRAD_LOVASZ_SOFTMAX_H
#define AUTOGRAD_LOVASZ_SOFTMAX_H

#include "autograd/softmax_row.h"

typedef struct LovaszSoftmax {
    int ignore_label;
} LovaszSoftmax;

/* saved: p; the slopes d loss / d p, 0 where a row or a class does not count. */
enum { LOVASZ_PROBABILITIES, LOVASZ_SLOPES };

/* The error of p of a class in a row of that class, or of another. */
static inline HD real lovasz_error(real p, bool in_class) {
    return in_class ? 1 - p : p;
}

/* By how much the Jaccard loss 1 - (G - F) / (G + B) grows when one more row joins the F rows of the
 * class and the B others that are wrong already; G rows are of the class. Written as one fraction,
 * as the difference of two such losses would lose its digits. */
static inline HD real lovasz_gain(int64_t of_class, int64_t in_class_before, int64_t others_before,
                                  bool in_class) {
    const double joined = (double)(of_class + others_before);
    if (in_class) return (real)(1 / joined);
    return (real)((double)(of_class - in_class_before) / (joined * (joined + 1)));
}

/* d error / d p, times the gain. */
static inline HD real lovasz_slope(real gain, bool in_class, int64_t present) {
    return (in_class ? -gain : gain) / (real)present;
}

#endif
