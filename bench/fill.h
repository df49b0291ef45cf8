/* fill.h - values for what is measured: the same in every run, none of them special. */
#ifndef BENCH_FILL_H
#define BENCH_FILL_H

#include "tensor/tensor.h"

/* Uniform in [low, high), of a tensor on any device. */
void fill_uniform(const Tensor *tensor, double low, double high);

/* The same for memory. */
void fill_reals(real *values, int64_t count, double low, double high);

/* So many uniform in [-1, 1), aligned to 64 bytes. Free them; without memory the program stops. */
real *filled_reals(int64_t count);

/* Whole numbers 0..count-1: labels. */
void fill_labels(const Tensor *tensor, int count);

#endif
