/* fill.c - fills arrays from random streams, in parallel. */
#include "bench/fill.h"

#include "tensor/error.h"
#include "tensor/memory.h"
#include "tensor/random.h"

#include <stdlib.h>

/* Each block of values has its own stream, so threads can share the work. */
enum { BLOCK = 4096, PURPOSE = 0xbe7c4 };

void fill_reals(real *values, int64_t count, double low, double high) {
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < count; first += BLOCK) {
        Random random = random_stream(1, PURPOSE, (uint64_t)first, 0);
        for (int64_t i = first; i < count && i < first + BLOCK; i++)
            values[i] = (real)random_between(&random, low, high);
    }
}

real *filled_reals(int64_t count) {
    real *values = aligned_alloc(64, ((size_t)count * sizeof(real) + 63) / 64 * 64);
    if (!values) memory_exhausted((size_t)count * sizeof(real));
    fill_reals(values, count, -1, 1);
    return values;
}

void fill_uniform(const Tensor *tensor, double low, double high) {
    const int64_t count = shape_elements(&tensor->shape);
    real *values = filled_reals(count);
    fill_reals(values, count, low, high);
    tensor_upload(tensor, values);
    free(values);
}

void fill_labels(const Tensor *tensor, int count) {
    const int64_t elements = shape_elements(&tensor->shape);
    real *labels = filled_reals(elements);
    fill_reals(labels, elements, 0, count);
    for (int64_t i = 0; i < elements; i++) labels[i] = floor(labels[i]);
    tensor_upload(tensor, labels);
    free(labels);
}
