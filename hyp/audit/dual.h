/* dual.h - dual numbers: values with their derivatives, in float, double or long double.
 *
 * A Dual is a value and its derivatives by three variables; every operation applies the chain rule,
 * as an automatic differentiation library does. With rounding to float (or double) every result is
 * rounded: this gives what a formula and its automatic gradient give in a float (or double)
 * program. Without rounding the same formula in long double is a reference. Only the audit uses
 * this.
 */
#ifndef HYP_DUAL_H
#define HYP_DUAL_H

#include "tensor/real.h"

enum { DUAL_VARIABLES = 3 };

typedef enum Rounding { ROUND_TO_FLOAT, ROUND_TO_DOUBLE, ROUND_NOT } Rounding;

typedef struct Dual {
    long double value, d[DUAL_VARIABLES];
    Rounding rounding;
} Dual;

static inline long double rounded(long double value, Rounding rounding) {
    if (rounding == ROUND_NOT) return value;
    return rounding == ROUND_TO_FLOAT ? (long double)(float)value : (long double)(double)value;
}

static inline Dual dual_constant(long double value, Rounding rounding) {
    const Dual x = { rounded(value, rounding), { 0 }, rounding };
    return x;
}

/* The variable number i, at a value. */
static inline Dual dual_variable(long double value, int i, Rounding rounding) {
    Dual x = dual_constant(value, rounding);
    x.d[i] = 1;
    return x;
}

/* f(x, y) with its two partial derivatives, rounded as the numbers are. */
static inline Dual dual_chain(Dual x, Dual y, long double value, long double by_x,
                              long double by_y) {
    Dual z = dual_constant(value, x.rounding);
    for (int i = 0; i < DUAL_VARIABLES; i++) {
        const long double from_x = x.d[i] == 0 ? 0 : by_x * x.d[i];
        const long double from_y = y.d[i] == 0 ? 0 : by_y * y.d[i];
        z.d[i] = rounded(rounded(from_x, x.rounding) + rounded(from_y, x.rounding), x.rounding);
    }
    return z;
}

static inline Dual dual_add(Dual x, Dual y) {
    return dual_chain(x, y, x.value + y.value, 1, 1);
}

static inline Dual dual_subtract(Dual x, Dual y) {
    return dual_chain(x, y, x.value - y.value, 1, -1);
}

static inline Dual dual_multiply(Dual x, Dual y) {
    return dual_chain(x, y, x.value * y.value, y.value, x.value);
}

static inline Dual dual_divide(Dual x, Dual y) {
    return dual_chain(x, y, x.value / y.value, 1 / y.value, -x.value / (y.value * y.value));
}

static inline Dual dual_scale(long double factor, Dual x) {
    return dual_chain(x, x, factor * x.value, factor, 0);
}

/* 1 - x */
static inline Dual dual_from_one(Dual x) {
    return dual_chain(x, x, 1 - x.value, -1, 0);
}

static inline Dual dual_sqrt(Dual x) {
    return dual_chain(x, x, sqrt(x.value), 1 / (2 * sqrt(x.value)), 0);
}

/* Rounded, the derivative is computed from the value, 1 - tanh^2, as libraries do. */
static inline Dual dual_tanh(Dual x) {
    const Dual y = dual_constant(tanh(x.value), x.rounding);
    const long double slope =
        x.rounding == ROUND_NOT ? 1 / (cosh(x.value) * cosh(x.value)) : 1 - y.value * y.value;
    return dual_chain(x, x, y.value, slope, 0);
}

static inline Dual dual_log(Dual x) {
    return dual_chain(x, x, log(x.value), 1 / x.value, 0);
}

static inline Dual dual_artanh(Dual x) {
    return dual_chain(x, x, (log1p(x.value) - log1p(-x.value)) / 2,
                      1 / ((1 - x.value) * (1 + x.value)), 0);
}

static inline Dual dual_acosh(Dual x) {
    return dual_chain(x, x, acosh(x.value), 1 / sqrt((x.value - 1) * (x.value + 1)), 0);
}

static inline Dual dual_asinh(Dual x) {
    return dual_chain(x, x, asinh(x.value), 1 / hypot(1.0L, x.value), 0);
}

static inline Dual dual_sinh(Dual x) {
    return dual_chain(x, x, sinh(x.value), cosh(x.value), 0);
}

static inline Dual dual_cosh(Dual x) {
    return dual_chain(x, x, cosh(x.value), sinh(x.value), 0);
}

/* The clamps of programs: at a bound the derivative is 0. Long double needs no clamps. */
static inline Dual dual_at_least(Dual x, long double low) {
    return x.rounding != ROUND_NOT && x.value < low ? dual_constant(low, x.rounding) : x;
}

static inline Dual dual_at_most(Dual x, long double high) {
    return x.rounding != ROUND_NOT && x.value > high ? dual_constant(high, x.rounding) : x;
}

/* [x,y] of three numbers. */
static inline Dual dual_dot(const Dual *x, const Dual *y) {
    Dual sum = dual_multiply(x[0], y[0]);
    for (int i = 1; i < 3; i++) sum = dual_add(sum, dual_multiply(x[i], y[i]));
    return sum;
}

#endif
