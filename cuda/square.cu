/* The GPU kernels of autograd/square.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(square_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    const int64_t i = gpu_vector_index();
    GpuVector v = gpu_vector_load(a->x[0], i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = v.lane[k] * v.lane[k];
    gpu_vector_store(a->y, i, a->n, v);
}

GPU_KERNEL(square_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    const int64_t i = gpu_vector_index();
    const GpuVector x = gpu_vector_load(a->x[0], i, a->n);
    GpuVector v = gpu_vector_load(a->dy, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = 2 * x.lane[k] * v.lane[k];
    gpu_vector_store_gradient(a->dx[0], i, a->n, v);
}

GPU_OP(square_forward) {
    gpu_pointwise_forward(&square_forward, node);
}

GPU_OP(square_backward) {
    gpu_pointwise_backward(&square_backward, node);
}
