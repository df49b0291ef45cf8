/* resize_rows.h - some rows of a bilinear resize, on the CPU, for callers that cannot hold the
 * whole result.
 */
#ifndef AUTOGRAD_RESIZE_ROWS_H
#define AUTOGRAD_RESIZE_ROWS_H

#include "tensor/tensor.h"

/* Rows first..end-1 of a result, and of each `columns` pixels from `left` on. */
typedef struct ResizePart {
    int64_t first, end, left, columns;
} ResizePart;

/* That part of op_resize_bilinear(x), in = [B,h,w,K], out = [B,H,W,K], bit-identical. Rows are
 * numbered over the whole batch, 0..B*H. y: [end-first,columns,K]. */
void resize_bilinear_rows(const real *x, const Shape *in, const Shape *out, const ResizePart *part,
                          real *y);

#endif
