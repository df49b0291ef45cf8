/* pointwise.h - formulas of one element, written once for the CPU's loops and the GPU's kernels.
 *
 * NAME_value is the value. NAME_gradient is its derivative: times the incoming gradient it is the
 * gradient of the input. Of two inputs it has both derivatives. The loops are in
 * autograd/pointwise_loops.h and cuda/gpu_pointwise.h.
 */
#ifndef AUTOGRAD_POINTWISE_H
#define AUTOGRAD_POINTWISE_H

#include "tensor/elementary.h"

/* max(x, 0), written so that NaN stays NaN. */
static inline HD real relu_value(real x) {
    return x < 0 ? 0 : x;
}

/* By the output y: 1 where y > 0. The subgradient at x = 0 is 0, as is usual. */
static inline HD real relu_gradient(real y) {
    return y > 0 ? (real)1 : (real)0;
}

/* 1 / (1 + exp(-x)). */
static inline HD real sigmoid_value(real x) {
    return 1 / (1 + exp(-x));
}

/* By the output y. */
static inline HD real sigmoid_gradient(real y) {
    return y * (1 - y);
}

/* tanh(x). */
static inline HD real hyperbolic_tangent_value(real x) {
    return tanh(x);
}

/* By the output y; as factors, because 1 - y^2 would lose digits near 1. */
static inline HD real hyperbolic_tangent_gradient(real y) {
    return (1 - y) * (1 + y);
}

/* x^2. */
static inline HD real square_value(real x) {
    return x * x;
}

/* By the input x. */
static inline HD real square_gradient(real x) {
    return 2 * x;
}

/* The derivatives of a value of two inputs by the first and by the second. */
typedef struct PairGradient {
    real a, b;
} PairGradient;

static inline HD real add_value(real a, real b) {
    return a + b;
}

static inline HD real subtract_value(real a, real b) {
    return a - b;
}

static inline HD real multiply_value(real a, real b) {
    return a * b;
}

static inline HD PairGradient multiply_gradient(real a, real b) {
    const PairGradient gradient = { b, a };
    return gradient;
}

/* log(1 + (a - b)^2). */
static inline HD real log1p_squared_difference_value(real a, real b) {
    return elementary_log1p((a - b) * (a - b));
}

/* 2 d / (1 + d^2) with d = a - b, at most 1 in size; 0 where d^2 overflows. (0 - by_a, because
 * -by_a would make the zeros of equal inputs negative.) */
static inline HD PairGradient log1p_squared_difference_gradient(real a, real b) {
    const real d = a - b, by_a = 2 * d / (1 + d * d);
    const PairGradient gradient = { by_a, 0 - by_a };
    return gradient;
}

/* (a - b)^2, a term of mean_squared_error and reconstruction_loss. */
static inline HD real squared_difference_value(real a, real b) {
    return (a - b) * (a - b);
}

#endif
