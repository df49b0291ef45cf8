/* fill.h - reproducible random values for benchmarks. */
#ifndef BENCH_FILL_H
#define BENCH_FILL_H

#include "tensor/tensor.h"

/* Uniform in [low, high), of a tensor on any device. */
void fill_uniform(const Tensor *tensor, double low, double high);

/* The same for memory. */
void fill_reals(real *values, int64_t count, double low, double high);

/* Uniform values in [-1, 1), aligned to 64 bytes. The caller frees. Aborts if out of memory. */
real *filled_reals(int64_t count);

/* Labels: integers 0..count-1. */
void fill_labels(const Tensor *tensor, int count);

#endif
