/* GPU kernels of nn/update_rules.c: a thread updates the elements of one vector by the formulas of
 * nn/update_rules.h, unless the step is cancelled. */
#include "cuda/gpu_vector.h"

C_HEADERS_BEGIN
#include "nn/optimiser.h"
C_HEADERS_END

typedef struct UpdateElements {
    int64_t n;
    real *theta, *m, *v; /* v NULL where a rule has one moment */
    const real *g;
    const UpdateSettings *settings;
} UpdateElements;

GPU_KERNEL(update_sgd, GPU_VECTOR_THREADS, UpdateElements) {
    const int64_t i = gpu_vector_index();
    const UpdateSettings settings = *a->settings;
    if (settings.go == 0) return;
    const GpuVector g = gpu_vector_load(a->g, i, a->n);
    GpuVector theta = gpu_vector_load(a->theta, i, a->n), m = gpu_vector_load(a->m, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++)
        sgd_update(&theta.lane[k], g.lane[k], &m.lane[k], &settings);
    gpu_vector_store(a->theta, i, a->n, theta);
    gpu_vector_store(a->m, i, a->n, m);
}

/* decoupled: AdamW. */
static GPU_DEVICE void update_adam_elements(const UpdateElements *a, const bool decoupled) {
    const int64_t i = gpu_vector_index();
    const UpdateSettings settings = *a->settings;
    if (settings.go == 0) return;
    const GpuVector g = gpu_vector_load(a->g, i, a->n);
    GpuVector theta = gpu_vector_load(a->theta, i, a->n), m = gpu_vector_load(a->m, i, a->n);
    GpuVector v = gpu_vector_load(a->v, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++)
        if (decoupled)
            adamw_update(&theta.lane[k], g.lane[k], &m.lane[k], &v.lane[k], &settings);
        else
            adam_update(&theta.lane[k], g.lane[k], &m.lane[k], &v.lane[k], &settings);
    gpu_vector_store(a->theta, i, a->n, theta);
    gpu_vector_store(a->m, i, a->n, m);
    gpu_vector_store(a->v, i, a->n, v);
}

GPU_KERNEL(update_adam, GPU_VECTOR_THREADS, UpdateElements) {
    update_adam_elements(a, false);
}

GPU_KERNEL(update_adamw, GPU_VECTOR_THREADS, UpdateElements) {
    update_adam_elements(a, true);
}

static void launch(GpuKernel *kernel, const Update *update) {
    const UpdateElements arguments = { shape_elements(&update->shape),
                                       update->value,
                                       update->moments[0],
                                       update->moments[1],
                                       update->gradient,
                                       update->settings };
    gpu_launch(kernel, gpu_vector_blocks(arguments.n), &arguments);
}

GPU_LAUNCHER(sgd, const Update *update) {
    launch(&update_sgd, update);
}

GPU_LAUNCHER(adam, const Update *update) {
    launch(&update_adam, update);
}

GPU_LAUNCHER(adamw, const Update *update) {
    launch(&update_adamw, update);
}
