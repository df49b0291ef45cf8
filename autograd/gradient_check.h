/* gradient_check.h - is this gradient right?
 *
 * A function f of several tensors, built as a graph node, is given a random cotangent v; backward
 * gives the gradient of <v, f(x)>, and central differences give it again, one element at a time.
 * In double the two agree to about 1e-8 of the gradient's size; a wrong sign, factor or input does
 * not. Only the double library can do this: with float the difference quotient is mostly noise, and
 * the check refuses.
 */
#ifndef AUTOGRAD_GRADIENT_CHECK_H
#define AUTOGRAD_GRADIENT_CHECK_H

#include "autograd/graph.h"

/* Builds the function: appends nodes that compute f from the inputs (leaves of the graph), and
 * returns the last. context is the caller's. */
typedef Node *(*GradientFunction)(Node *const *inputs, void *context);

typedef struct GradientReport {
    int64_t checked; /* elements compared */
    double worst;    /* largest |backward - difference| / (1 + largest |difference|) */
} GradientReport;

/* Check the gradients of the inputs in the set `wanted` (INPUT(0) | INPUT(2)); the other inputs
 * are constants. training: the graph's mode. Passes when at least one element was compared and
 * none is off by more than tolerance (1e-7 is a good one), NaN included.
 * false: error says which input, which element, found, expected. */
bool gradient_check(GradientFunction function, void *context, const Tensor *inputs, int input_count,
                    unsigned wanted, bool training, uint64_t seed, double tolerance,
                    GradientReport *report, Error *error);

/* The same for every subset of the inputs in `all` that is not empty: the differences, which do not
 * depend on what else has a gradient, are taken once. report: of all subsets together. */
bool gradient_check_subsets(GradientFunction function, void *context, const Tensor *inputs,
                            int input_count, unsigned all, bool training, uint64_t seed,
                            double tolerance, GradientReport *report, Error *error);

#endif
