/* softmax_rows.h - the softmax of many rows, on the CPU. */
#ifndef AUTOGRAD_SOFTMAX_ROWS_H
#define AUTOGRAD_SOFTMAX_ROWS_H

#include "autograd/softmax_row.h"

/* softmax_row of each row of x, [rows,n]. p: [rows,n], may be x. sums: [rows], may be NULL.
 * Rows of few channels are transposed (autograd/transposed_rows.h). */
void softmax_rows(const real *x, real temperature, int64_t rows, int64_t n, real *p,
                  SoftmaxSum *sums);

#endif
