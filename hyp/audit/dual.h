/* dual.h - dual numbers: values with their derivatives, in float or in long double.
 *
 * A Dual is a value and its derivatives by three variables; every operation applies the chain rule,
 * as an automatic differentiation library does. With `single` set every result is rounded to float:
 * this gives what a formula and its automatic gradient give in a float program. Without it the
 * same formula in long double is the reference. Only hyp_audit uses this.
 */
#ifndef HYP_DUAL_H
#define HYP_DUAL_H

#include "tensor/real.h"

enum { DUAL_VARIABLES = 3 };

typedef struct Dual {
    long double value, d[DUAL_VARIABLES];
    bool single;
} Dual;

static inline Dual dual_constant(long double value, bool single) {
    Dual x = { single ? (long double)(float)value : value, { 0 }, single };
    return x;
}

/* The variable number i, at a value. */
static inline Dual dual_variable(long double value, int i, bool single) {
    Dual x = dual_constant(value, single);
    x.d[i] = 1;
    return x;
}

/* f(x, y) with its two partial derivatives, rounded if the numbers are single. */
static inline Dual dual_chain(Dual x, Dual y, long double value, long double by_x,
                              long double by_y) {
    Dual z = dual_constant(value, x.single);
    for (int i = 0; i < DUAL_VARIABLES; i++) {
        const long double from_x = x.d[i] == 0 ? 0 : by_x * x.d[i];
        const long double from_y = y.d[i] == 0 ? 0 : by_y * y.d[i];
        z.d[i] = x.single ? (long double)((float)from_x + (float)from_y) : from_x + from_y;
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

/* In float the derivative is computed from the value, 1 - tanh^2, as libraries do. */
static inline Dual dual_tanh(Dual x) {
    const Dual y = dual_constant(tanh(x.value), x.single);
    const long double slope =
        x.single ? 1 - y.value * y.value : 1 / (cosh(x.value) * cosh(x.value));
    return dual_chain(x, x, y.value, slope, 0);
}

static inline Dual dual_log(Dual x) {
    return dual_chain(x, x, log(x.value), 1 / x.value, 0);
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

/* The clamps of float programs: at a bound the derivative is 0. Long double needs no clamps. */
static inline Dual dual_at_least(Dual x, long double low) {
    return x.single && x.value < low ? dual_constant(low, true) : x;
}

static inline Dual dual_at_most(Dual x, long double high) {
    return x.single && x.value > high ? dual_constant(high, true) : x;
}

/* [x,y] of three numbers. */
static inline Dual dual_dot(const Dual *x, const Dual *y) {
    Dual sum = dual_multiply(x[0], y[0]);
    for (int i = 1; i < 3; i++) sum = dual_add(sum, dual_multiply(x[i], y[i]));
    return sum;
}

#endif
