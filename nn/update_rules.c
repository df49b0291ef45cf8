/* The update kernels of the CPU: one loop per rule over the formulas of update_rules.h. The GPU's
 * are sgd_gpu, adam_gpu and adamw_gpu in cuda/.
 *
 * Threads share out whole blocks, so where a vector loop ends and its scalar tail begins does not
 * depend on how many there are: compilers may round the two differently. */
#include "nn/optimiser.h"

#ifdef HADNET_GPU
void sgd_gpu(const Update *update);
void adam_gpu(const Update *update);
void adamw_gpu(const Update *update);
#endif

enum { BLOCK = 4096 };

static inline int64_t block_end(int64_t begin, int64_t n) {
    return begin + BLOCK < n ? begin + BLOCK : n;
}

static void sgd_cpu(const Update *update) {
    const int64_t n = shape_elements(&update->shape);
    const UpdateSettings settings = update->settings;
    real *restrict theta = update->value, *restrict m = update->moments[0];
    const real *restrict g = update->gradient;
#pragma omp parallel for schedule(static) if (n >= PARALLEL_MINIMUM)
    for (int64_t block = 0; block < n; block += BLOCK)
#pragma omp simd
        for (int64_t i = block; i < block_end(block, n); i++)
            sgd_update(&theta[i], g[i], &m[i], &settings);
}

static void adam_cpu(const Update *update) {
    const int64_t n = shape_elements(&update->shape);
    const UpdateSettings settings = update->settings;
    real *restrict theta = update->value, *restrict m = update->moments[0];
    real *restrict v = update->moments[1];
    const real *restrict g = update->gradient;
#pragma omp parallel for schedule(static) if (n >= PARALLEL_MINIMUM)
    for (int64_t block = 0; block < n; block += BLOCK)
#pragma omp simd
        for (int64_t i = block; i < block_end(block, n); i++)
            adam_update(&theta[i], g[i], &m[i], &v[i], &settings);
}

static void adamw_cpu(const Update *update) {
    const int64_t n = shape_elements(&update->shape);
    const UpdateSettings settings = update->settings;
    real *restrict theta = update->value, *restrict m = update->moments[0];
    real *restrict v = update->moments[1];
    const real *restrict g = update->gradient;
#pragma omp parallel for schedule(static) if (n >= PARALLEL_MINIMUM)
    for (int64_t block = 0; block < n; block += BLOCK)
#pragma omp simd
        for (int64_t i = block; i < block_end(block, n); i++)
            adamw_update(&theta[i], g[i], &m[i], &v[i], &settings);
}

const UpdateRule rule_sgd = { "sgd", { "momentum_buffer" }, NULL, KERNEL(sgd), NULL };
const UpdateRule rule_adam = { "adam", { "exp_avg", "exp_avg_sq" }, NULL, KERNEL(adam), NULL };
const UpdateRule rule_adamw = { "adamw", { "exp_avg", "exp_avg_sq" }, NULL, KERNEL(adamw), NULL };
