/* update_rules.c - the update kernels of the CPU: one loop per rule over the formulas of
 * update_rules.h. The GPU's are in cuda/update_rules.cu.
 *
 * Threads share whole blocks, so the number of threads does not move the boundary between a vector
 * loop and its scalar tail, which compilers may round differently. */
#include "nn/optimiser.h"

enum { BLOCK = 4096 };

static void sgd_block(const Update *update, int64_t begin, int64_t end) {
    const UpdateSettings settings = *update->settings;
    real *restrict theta = update->value, *restrict m = update->moments[0];
    const real *restrict g = update->gradient;
    for (int64_t i = begin; i < end; i++) sgd_update(&theta[i], g[i], &m[i], &settings);
}

static void adam_block(const Update *update, int64_t begin, int64_t end) {
    const UpdateSettings settings = *update->settings;
    real *restrict theta = update->value, *restrict m = update->moments[0];
    real *restrict v = update->moments[1];
    const real *restrict g = update->gradient;
    for (int64_t i = begin; i < end; i++) adam_update(&theta[i], g[i], &m[i], &v[i], &settings);
}

static void adamw_block(const Update *update, int64_t begin, int64_t end) {
    const UpdateSettings settings = *update->settings;
    real *restrict theta = update->value, *restrict m = update->moments[0];
    real *restrict v = update->moments[1];
    const real *restrict g = update->gradient;
    for (int64_t i = begin; i < end; i++) adamw_update(&theta[i], g[i], &m[i], &v[i], &settings);
}

static void for_blocks(const Update *update, void (*step)(const Update *, int64_t, int64_t)) {
    const int64_t n = update->settings->go != 0 ? shape_elements(&update->shape) : 0;
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t begin = 0; begin < n; begin += BLOCK)
        step(update, begin, begin + BLOCK < n ? begin + BLOCK : n);
}

static void sgd_cpu(const Update *update) {
    for_blocks(update, sgd_block);
}

static void adam_cpu(const Update *update) {
    for_blocks(update, adam_block);
}

static void adamw_cpu(const Update *update) {
    for_blocks(update, adamw_block);
}

const UpdateRule rule_sgd = { "sgd", { "momentum_buffer" }, NULL, KERNEL(sgd), NULL };
const UpdateRule rule_adam = { "adam", { "exp_avg", "exp_avg_sq" }, NULL, KERNEL(adam), NULL };
const UpdateRule rule_adamw = { "adamw", { "exp_avg", "exp_avg_sq" }, NULL, KERNEL(adamw), NULL };
