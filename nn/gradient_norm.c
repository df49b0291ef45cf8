/* gradient_norm.c - the norm as a sum of squares by blocks, on the CPU, and its dispatch to the
 * device. */
#include "nn/gradient_norm.h"

#include "tensor/parallel.h"

/* Blocks of this size are summed separately, a batch of blocks at a time, so that the order of
 * additions is the same for any number of threads. */
enum { BLOCK = 4096, BATCH = 256, LANES = 8 };

static double block_square_sum(const real *gradient, int64_t elements) {
    double lanes[LANES] = { 0 }, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= elements; i += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)gradient[i + lane] * (double)gradient[i + lane];
    for (; i < elements; i++) sum += (double)gradient[i] * (double)gradient[i];
    for (int lane = 0; lane < LANES; lane++) sum += lanes[lane];
    return sum;
}

static void gradient_norm_cpu(const real *gradient, int64_t elements, real *norm) {
    const int64_t blocks = (elements + BLOCK - 1) / BLOCK;
    double sums[BATCH], sum = 0;
    for (int64_t first = 0; first < blocks; first += BATCH) {
        const int count = (int)(blocks - first < BATCH ? blocks - first : BATCH);
#pragma omp parallel for schedule(static) if (parallel_pays_from(count, 5))
        for (int i = 0; i < count; i++) {
            const int64_t begin = (first + i) * BLOCK, left = elements - begin;
            sums[i] = block_square_sum(gradient + begin, left < BLOCK ? left : BLOCK);
        }
        for (int i = 0; i < count; i++) sum += sums[i];
    }
    *norm = (real)sqrt(sum);
}

void gradient_norm(const Device *device, const real *gradient, int64_t elements, real *norm) {
    void (*kernel)(const real *, int64_t, real *) = gradient_norm_cpu;
    if (device->kind != DEVICE_CPU)
        kernel = (void (*)(const real *, int64_t, real *))device_kernel(device, "gradient_norm");
    kernel(gradient, elements, norm);
}
