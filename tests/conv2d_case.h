/* conv2d_case.h - a convolution of random numbers, and its definition summed in double. */
#ifndef TESTS_CONV2D_CASE_H
#define TESTS_CONV2D_CASE_H

#include "tensor/kernels/conv2d_kernels.h"

/* An array with guards and what it should become: double sums and the sizes of their terms. */
typedef struct Array {
    real *storage, *data, *before;
    int64_t count;
    double *sum, *size;
} Array;

Array array_create(int64_t count, uint64_t seed);
void array_release(Array *a);

/* Begin sums: with what was there, or with 0 and NaN in the array, which must not be read. */
void array_begin(Array *a, bool accumulate);

/* One more term of element `at`. */
static inline void add_term(Array *a, int64_t at, double term) {
    a->sum[at] += term;
    a->size[at] += fabs(term);
}

/* Every element is within `roundings` of the size of its terms, and the guards are whole. */
void array_check(const Array *a, const char *what, double roundings);

/* The largest error in roundings of the largest size; the guards are whole. */
double array_error(const Array *a);

typedef struct Case {
    Conv2dShape shape;
    Array x, weight, bias, y; /* y holds the output, or the gradient that comes from above */
} Case;

Case case_create(const Conv2dShape *s);
void case_release(Case *c);

/* The definition: every (output, tap) pair inside the image adds one product to the array that is
 * asked for: y, x or weight. */
void sum_products(Case *c, Array *wanted);

/* conv2d_forward_then, or another with its contract: the epilogue sees every element of y once, and
 * when it is whole. */
typedef void ConvForward(const Conv2dShape *shape, const real *x, const real *weight,
                         const real *bias, const Epilogue *epilogue, real *y);
void check_epilogue(const Conv2dShape *s, ConvForward *forward);

#endif
