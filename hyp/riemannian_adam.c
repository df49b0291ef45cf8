/* riemannian_adam.c - the update rule of Riemannian Adam: its state per parameter, its step on the
 * CPU, its GPU kernel. */
#include "hyp/riemannian.h"
#include "tensor/workspace.h"

/* The first moment is a row per point; the second a number per point. */
static Shape moment_shape(const Parameter *parameter, int moment) {
    Shape shape = parameter->value.shape;
    if (moment == 1 && shape.rank > 0) shape.size[--shape.rank] = 0;
    return shape;
}

/* Points are few (one per class): not worth several threads. */
static void riemannian_adam_cpu(const Update *update) {
    const int64_t n = shape_last(&update->shape);
    const int64_t rows = update->settings->go != 0 ? shape_rows(&update->shape) : 0;
    const real c = *(const real *)update->context;
    real *next = workspace_reals(WORKSPACE_ROW, n);
    for (int64_t row = 0; row < rows; row++)
        riemannian_adam_update(update->value + row * n, update->gradient + row * n,
                               update->moments[0] + row * n, update->moments[1] + row, n, c,
                               update->settings, next);
}

UpdateRule rule_riemannian_adam(const real *curvature) {
    const UpdateRule rule = { "riemannian_adam",
                              { "exp_avg", "exp_avg_sq" },
                              moment_shape,
                              KERNEL(riemannian_adam),
                              curvature };
    return rule;
}
