/* column_sums.h - sums over rows, channel by channel, in an order that depends on the shape alone.
 */
#ifndef CUDA_COLUMN_SUMS_H
#define CUDA_COLUMN_SUMS_H

#include "cuda/port/gpu.h"

C_HEADERS_BEGIN

/* to[c] = the sum over rows of a[row][c] * b[row][c]; b NULL: of a[row][c]. */
void gpu_column_sums(int64_t rows, int64_t channels, const real *a, const real *b, Gradient to);

/* to[group][c] = the mean over the rows of x[group][row][c]. */
void gpu_column_means(int64_t groups, int64_t rows, int64_t channels, const real *x, real *to);

/* The backward of that: x[group][row][c] is, or grows by, dy[group][c] / rows. */
void gpu_spread_over_rows(int64_t groups, int64_t rows, int64_t channels, const real *dy,
                          Gradient to);

C_HEADERS_END

#endif
