/* elementary.h - exp, expm1, log, log1p and asinh without branches.
 *
 * The C library's functions are calls, one number at a time. These are plain arithmetic, so a
 * compiler vectorizes a loop over them (marked `#pragma omp simd`) at every instruction-set level,
 * and a GPU thread never waits for its neighbour's branch. The errors,
 * measured against long double by tests/test_kernel_elementary.c, are within two units in the last
 * place.
 *
 * The method is the usual one (Tang, "Table-driven implementation of the exponential function",
 * ACM TOMS 1989, without the table; fdlibm for log): take the power of two apart, and sum a series
 * of the rest. Taylor series are enough: their arguments are below 0.35 and 0.03, so a fitted
 * polynomial would save two terms. The result for NaN is NaN.
 */
#ifndef TENSOR_ELEMENTARY_H
#define TENSOR_ELEMENTARY_H

#include "tensor/real.h"

#include <string.h>

/* A real as its bits: a sign, an exponent counted from EXPONENT_BIAS, a fraction. */
#ifdef REAL_IS_DOUBLE
typedef uint64_t RealBits;
enum { FRACTION_BITS = 52, EXPONENT_BIAS = 1023 };
#else
typedef uint32_t RealBits;
enum { FRACTION_BITS = 23, EXPONENT_BIAS = 127 };
#endif

static inline HD RealBits real_bits(real x) {
    RealBits bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline HD real real_of_bits(RealBits bits) {
    real x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* ln 2 as the sum of a number with so few digits that its products with exponents are exact, and
 * the remainder. */
#ifdef REAL_IS_DOUBLE
#define LOG_2_HIGH 0x1.62e42feep-1
#define LOG_2_LOW 0x1.a39ef35793c76p-33
#else
#define LOG_2_HIGH 0x1.63p-1f
#define LOG_2_LOW -0x1.bd0106p-13f
#endif

/* e^x = scale (1 + part): scale = 2^k, part = e^r - 1, with k = round(x/ln 2) and r = x - k ln 2.
 * It is 0 below the smallest normal number, and infinite from 2^127 (of doubles 2^1023) on: half of
 * the largest number. */
typedef struct Exponential {
    real scale, part;
} Exponential;

/* e^r - 1 for |r| <= ln(2)/2: r + r^2/2 + r^3/6 + ... */
static inline HD real exponential_part(real r) {
    real sum;
    if (sizeof(real) == sizeof(float)) {
        sum = (real)(1.0 / 5040);
    } else {
        sum = (real)(1.0 / 6227020800.0);
        sum = sum * r + (real)(1.0 / 479001600);
        sum = sum * r + (real)(1.0 / 39916800);
        sum = sum * r + (real)(1.0 / 3628800);
        sum = sum * r + (real)(1.0 / 362880);
        sum = sum * r + (real)(1.0 / 40320);
        sum = sum * r + (real)(1.0 / 5040);
    }
    sum = sum * r + (real)(1.0 / 720);
    sum = sum * r + (real)(1.0 / 120);
    sum = sum * r + (real)(1.0 / 24);
    sum = sum * r + (real)(1.0 / 6);
    sum = sum * r + (real)0.5;
    return r + r * r * sum;
}

static inline HD Exponential exponential(real x) {
    const real low = (real)(1 - EXPONENT_BIAS) * (real)0.693147180559945309417;
    const real high = (real)EXPONENT_BIAS * (real)0.693147180559945309417;
    /* Adding this rounds to a whole number and leaves it in the last bits. */
    const real whole = 3 * (real)((RealBits)1 << (FRACTION_BITS - 1));
    const real inside = x < low ? low : x > high ? high : x;
    const real shifted = inside * (real)1.44269504088896340736 + whole, k = shifted - whole;
    const real scale = real_of_bits((real_bits(shifted) + EXPONENT_BIAS) << FRACTION_BITS);
    Exponential e;
    e.part = exponential_part((inside - k * LOG_2_HIGH) - k * LOG_2_LOW);
    e.part = x > high ? 0 : e.part;
    e.scale = x < low ? 0 : x > high ? (real)INFINITY : scale;
    return e;
}

/* e^x. */
static inline HD real exponential_value(Exponential e) {
    return e.scale * (1 + e.part);
}

/* e^x - 1, to all digits near 0 too. */
static inline HD real exponential_minus_one(Exponential e) {
    return (e.scale - 1) + (e.part == 0 ? 0 : e.scale * e.part);
}

/* log x, for x >= the least normal number; infinity for infinity. With x = 2^k (1 + f), sqrt(1/2)
 * <= 1 + f < sqrt(2), and s = f/(2 + f): log(1 + f) = 2 artanh(s) = 2s + s R, where 2s = f - s f
 * is put together so that f, which is exact, comes last. */
static inline HD real elementary_log(real x) {
    const RealBits fraction = ((RealBits)1 << FRACTION_BITS) - 1, one = real_bits(1);
    const RealBits root = real_bits((real)0.707106781186547524401);
    const RealBits bits = real_bits(x) + (one - root);
    /* 2^FRACTION_BITS + the exponent: a conversion of integers that every level has */
    const real power = (real)((RealBits)1 << FRACTION_BITS);
    const real k =
        real_of_bits(real_bits(power) | bits >> FRACTION_BITS) - (power + (real)EXPONENT_BIAS);
    const real f = real_of_bits((bits & fraction) + root) - 1, s = f / (2 + f), z = s * s;
    real sum; /* R = 2/3 z + 2/5 z^2 + ... */
    if (sizeof(real) == sizeof(float)) {
        sum = (real)(2.0 / 9);
    } else {
        sum = (real)(2.0 / 21);
        sum = sum * z + (real)(2.0 / 19);
        sum = sum * z + (real)(2.0 / 17);
        sum = sum * z + (real)(2.0 / 15);
        sum = sum * z + (real)(2.0 / 13);
        sum = sum * z + (real)(2.0 / 11);
        sum = sum * z + (real)(2.0 / 9);
    }
    sum = sum * z + (real)(2.0 / 7);
    sum = sum * z + (real)(2.0 / 5);
    sum = sum * z + (real)(2.0 / 3);
    const real half = f * f / 2;
    const real value = k * LOG_2_HIGH - ((half - (s * (half + sum * z) + k * LOG_2_LOW)) - f);
    return x <= REAL_MAX ? value : x;
}

/* log(1 + x) for x >= 0, accurate to all digits for small x too: the logarithm of the rounded sum,
 * plus a correction for the rounding of the sum. */
static inline HD real elementary_log1p(real x) {
    const real sum = 1 + x, rest = x <= REAL_MAX ? (x - (sum - 1)) / sum : 0;
    return elementary_log(sum) + rest;
}

/* asinh(s), exactly odd, for every s. log(|s| + sqrt(s^2 + 1)) loses all digits of a small s, hence
 * log of 1 + the excess |s| + s^2/(1 + sqrt(1 + s^2)), and what rounding took from that sum. For
 * |s| > 1e8 the result is log(2|s|) to 3e-17, and s^2 need not be representable. */
static inline HD real elementary_asinh(real s) {
    const real size = fabs(s), square = size * size;
    const bool large = size > (real)1e8;
    const real excess = size + square / (1 + sqrt(1 + square)), sum = 1 + excess;
    const real rest = large ? (real)0.693147180559945309417 : (excess - (sum - 1)) / sum;
    return copysign(elementary_log(large ? size : sum) + rest, s);
}

#endif
