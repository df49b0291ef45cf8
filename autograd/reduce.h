/* reduce.h - sums in a fixed order.
 *
 * A float sum depends on its order, so the order here depends only on the length, not on the number
 * of threads: chunks of REDUCE_CHUNK elements are summed one by one, each in REDUCE_LANES
 * interleaved lanes (which the compiler keeps in vector registers), and the lanes and then the
 * chunks are added pairwise. The error grows like log n, where a running sum's grows like n.
 */
#ifndef AUTOGRAD_REDUCE_H
#define AUTOGRAD_REDUCE_H

#include "tensor/real.h"

enum { REDUCE_CHUNK = 4096, REDUCE_LANES = 32 };

/* The sum of x[0..n-1]. */
real reduce_sum(const real *x, int64_t n);

/* The sum of (a_i - b_i)^2 in sequence, in REDUCE_LANES lanes: for n up to REDUCE_CHUNK, or more if
 * one thread does all the work. */
real reduce_squared_differences(const real *a, const real *b, int64_t n);

/* Pairwise sum of `count` partial results, `stride` apart; partial is overwritten, and the sum is
 * left in partial[0]. */
real reduce_pairwise(real *partial, int64_t count, int64_t stride);

/* The sum of a power of two of numbers, by adding the second half to the first: in vectors, where
 * the count is a constant. x is overwritten. */
static inline real reduce_halves(real *x, int count) {
    for (int half = count / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) x[i] += x[i + half];
    return x[0];
}

#endif
