/* The GPU kernels of autograd/subtract.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(subtract_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    const int64_t i = gpu_vector_index();
    const GpuVector right = gpu_vector_load(a->x[1], i, a->n);
    GpuVector v = gpu_vector_load(a->x[0], i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] -= right.lane[k];
    gpu_vector_store(a->y, i, a->n, v);
}

GPU_KERNEL(subtract_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    const int64_t i = gpu_vector_index();
    GpuVector v = gpu_vector_load(a->dy, i, a->n);
    if (a->dx[0].data) gpu_vector_store_gradient(a->dx[0], i, a->n, v);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = -v.lane[k];
    if (a->dx[1].data) gpu_vector_store_gradient(a->dx[1], i, a->n, v);
}

GPU_OP(subtract_forward) {
    gpu_pointwise_forward(&subtract_forward, node);
}

GPU_OP(subtract_backward) {
    gpu_pointwise_backward(&subtract_backward, node);
}
