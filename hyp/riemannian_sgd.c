/* riemannian_sgd.c - the update rule of Riemannian gradient descent: its step on the CPU, its GPU
 * kernel. */
#include "hyp/riemannian.h"

/* Points are few (one per class): not worth several threads. */
static void riemannian_sgd_cpu(const Update *update) {
    const int64_t n = shape_last(&update->shape);
    const int64_t rows = update->settings->go != 0 ? shape_rows(&update->shape) : 0;
    const real c = *(const real *)update->context;
    for (int64_t row = 0; row < rows; row++)
        riemannian_sgd_update(update->value + row * n, update->gradient + row * n, n, c,
                              update->settings);
}

UpdateRule rule_riemannian_sgd(const real *curvature) {
    const UpdateRule rule = { "riemannian_sgd", { NULL }, NULL, KERNEL(riemannian_sgd), curvature };
    return rule;
}
