/* pointwise.h - formulas of one element, shared by the CPU loops and the GPU kernels.
 *
 * NAME(x) is the value; NAME_gradient(...) times the incoming gradient is the gradient of x.
 */
#ifndef AUTOGRAD_POINTWISE_H
#define AUTOGRAD_POINTWISE_H

#include "tensor/elementary.h"

/* max(x, 0), written so that NaN stays NaN. */
static inline HD real relu_value(real x) {
    return x < 0 ? 0 : x;
}

/* By the output y: 1 where y > 0. At x = 0 the subgradient 0 is taken, as everyone does. */
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

/* Of tanh, by the output y; the factors keep what 1 - y^2 would round away near 1. */
static inline HD real hyperbolic_tangent_gradient(real y) {
    return (1 - y) * (1 + y);
}

/* log(1 + d^2) of a difference d. */
static inline HD real log1p_square_value(real d) {
    return elementary_log1p(d * d);
}

/* By the difference: 2 d / (1 + d^2), at most 1 in size; 0 where d^2 is no number any more. */
static inline HD real log1p_square_gradient(real d) {
    return 2 * d / (1 + d * d);
}

#endif
