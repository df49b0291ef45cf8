/* conv2d_case.h - compares a convolution kernel with the definition, summed in double. */
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

/* Start the sums: from the array's values, or from 0 with NaN in the array, which must not be
 * read. */
void array_begin(Array *a, bool accumulate);

/* Add a term to element `at`. */
static inline void add_term(Array *a, int64_t at, double term) {
    a->sum[at] += term;
    a->size[at] += fabs(term);
}

/* Checks that every element is within `roundings` of the size of its terms, and the guards
 * intact. */
void array_check(const Array *a, const char *what, double roundings);

/* The largest error in roundings of the largest size. Checks that the guards are intact. */
double array_error(const Array *a);

typedef struct Case {
    Conv2dShape shape;
    Array x, weight, bias, y; /* y is the output, or the incoming gradient */
} Case;

Case case_create(const Conv2dShape *s);
void case_release(Case *c);

/* The definition: every (output, tap) pair inside the image adds one product to the requested
 * array: y, x or weight. */
void sum_products(Case *c, Array *wanted);

/* conv2d_forward_then, or another function of its contract: the epilogue must see every element of
 * y once, when it is complete. */
typedef void ConvForward(const Conv2dShape *shape, const real *x, const real *weight,
                         const real *bias, const Epilogue *epilogue, real *y);
void check_epilogue(const Conv2dShape *s, ConvForward *forward);

#endif
