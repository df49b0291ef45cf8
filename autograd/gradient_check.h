/* gradient_check.h - is this gradient right?
 *
 * f is a function of several tensors, built as a graph node, and v a random cotangent with elements
 * uniform in [-1, 1]. Backward computes the gradient g of F(x) = <v, f(x)>. Differences of F
 * measure its slopes along one line after another, and the two are compared:
 *
 *     an input of at most GRADIENT_CHECK_ELEMENTS elements: along each of its axes, one line an
 *     element, so that g_j itself is compared;
 *     a larger one: along GRADIENT_CHECK_DIRECTIONS lines u, each u_j uniform in [-1, 1], so that
 *     <g, u> is compared. One wrong element among n of like size changes it by about 1 / sqrt(n) of
 *     its own error.
 *
 * A slope s, found by backward, passes when
 *
 *     |s - D| <= tolerance |D| + noise
 *
 * where D is the difference quotient and noise what rounding may have done to it. Both terms are of
 * the slope's own size or less: small gradients are checked as strictly as large ones.
 *
 * D = <v, f(x + hu) - f(x - hu)> / 2h. Every f_i is allowed four roundings of half a unit,
 * 2 eps |f_i|; those that did not change cancel exactly, however large. Hence
 *
 *     noise = 2 eps sum |v_i| (|f_i(x + hu)| + |f_i(x - hu)|) / 2h    over the i that changed.
 *
 * The error of D itself, h^2/6 F''', grows with h while noise falls. With h = eps^(1/3) = 6e-6
 * (times the largest |x_j| that moves, if that is above 1) they are eps^(2/3) F''' / 6 and at least
 * 2 eps^(2/3) |F|: where the third derivative is no more than twelve times as large as F, noise
 * covers both. That x +- hu are rounded changes D by eps / 2h = 2e-11 of itself.
 *
 * Where noise is more than 1e-4 |D| (with |F| near 1: slopes below 1e-6), D is of fourth order
 * instead: (4 D(h) - D(2h)) / 3, with (4 noise(h) + noise(2h)) / 3. Its own error is
 * h^4/30 F^(5), so h may be 5e-4, near eps^(1/5): noise falls to a fiftieth.
 *
 * A slope is sharply compared when an error of 0.1% in it could not have passed: where three times
 * the right side A is below 0.1% of |D|, or s, D and A are all zero. (A right s is within A of D,
 * so the error moves it by at least 0.1% of |D| - A, which is more than 2A.)
 *
 * All of this needs double. With float the quotient is mostly noise, and the check refuses to run.
 */
#ifndef AUTOGRAD_GRADIENT_CHECK_H
#define AUTOGRAD_GRADIENT_CHECK_H

#include "autograd/graph.h"
#include "tensor/public.h"

PUBLIC_BEGIN

enum { GRADIENT_CHECK_ELEMENTS = 8192, GRADIENT_CHECK_DIRECTIONS = 3 };

/* Builds the function: appends nodes that compute f from the inputs (leaves of the graph), and
 * returns the last. context is the caller's. */
typedef Node *(*GradientFunction)(Node *const *inputs, void *context);

typedef struct GradientReport {
    int64_t checked; /* slopes compared */
    int64_t loose;   /* of them, those not sharply compared */
    double worst;    /* largest |s - D|, as a share of what is allowed */
} GradientReport;

/* Check the gradients of the inputs in the set `wanted` (INPUT(0) | INPUT(2)); the other inputs
 * are constants. training: the graph's mode. Passes when at least one slope was compared and all
 * pass as above, with this tolerance (1e-7 is a good one); NaN and infinity do not. A loosely
 * compared slope passes; the report counts them.
 * false: error says which input, which element, found, expected. */
bool gradient_check(GradientFunction function, void *context, const Tensor *inputs, int input_count,
                    unsigned wanted, bool training, uint64_t seed, double tolerance,
                    GradientReport *report, Error *error);

/* The same for every subset of the inputs in `all` that is not empty: the differences, which do not
 * depend on what else has a gradient, are taken once. report: of all subsets together. */
bool gradient_check_subsets(GradientFunction function, void *context, const Tensor *inputs,
                            int input_count, unsigned all, bool training, uint64_t seed,
                            double tolerance, GradientReport *report, Error *error);

PUBLIC_END

#endif
