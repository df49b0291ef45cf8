/* copy.h - copies of tensors and of columns, for ops that only move data. */
#ifndef CUDA_COPY_H
#define CUDA_COPY_H

#include "cuda/port/gpu.h"

/* to[0..n-1] = or += from[0..n-1]. Both are aligned like tensors. */
void gpu_copy_elements(const real *from, Gradient to, int64_t n);

/* Columns of a matrix: row r of to, at to + r * to_stride, receives the `width` numbers at from + r
 * * from_stride. */
void gpu_copy_columns(int64_t rows, int64_t width, const real *from, int64_t from_stride,
                      Gradient to, int64_t to_stride);

/* The same with zeros. */
void gpu_zero_columns(int64_t rows, int64_t width, real *to, int64_t to_stride);

#endif
