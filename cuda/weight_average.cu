/* The GPU kernel of nn/weight_average.c. */
#include "cuda/gpu_vector.h"

C_HEADERS_BEGIN
#include "nn/weight_average.h"
C_HEADERS_END

typedef struct AverageElements {
    int64_t n;
    real *average;
    const real *value, *rate;
} AverageElements;

GPU_KERNEL(weight_average_move, GPU_VECTOR_THREADS, AverageElements) {
    const int64_t i = gpu_vector_index();
    const real rate = *a->rate;
    const GpuVector value = gpu_vector_load(a->value, i, a->n);
    GpuVector average = gpu_vector_load(a->average, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++)
        average.lane[k] = weight_average_towards(average.lane[k], value.lane[k], rate);
    gpu_vector_store(a->average, i, a->n, average);
}

GPU_LAUNCHER(weight_average, real *average, const real *value, int64_t n, const real *rate) {
    const AverageElements arguments = { n, average, value, rate };
    gpu_launch(&weight_average_move, gpu_vector_blocks(n), &arguments);
}
