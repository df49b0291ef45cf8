/* integer.h - integer arithmetic for splitting sizes into blocks. */
#ifndef TENSOR_INTEGER_H
#define TENSOR_INTEGER_H

#include <stdint.h>

static inline int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* ceil(a / b) for b > 0 and any a. */
static inline int64_t divide_up(int64_t a, int64_t b) {
    return a > 0 ? (a + b - 1) / b : -(-a / b);
}

/* The least multiple of unit that is not below size. */
static inline int64_t round_up(int64_t size, int64_t unit) {
    return divide_up(size, unit) * unit;
}

#endif
