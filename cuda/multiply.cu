/* The GPU kernels of autograd/multiply.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(multiply_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    const int64_t i = gpu_vector_index();
    const GpuVector right = gpu_vector_load(a->x[1], i, a->n);
    GpuVector v = gpu_vector_load(a->x[0], i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] *= right.lane[k];
    gpu_vector_store(a->y, i, a->n, v);
}

GPU_KERNEL(multiply_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    const int64_t i = gpu_vector_index();
    const GpuVector dy = gpu_vector_load(a->dy, i, a->n);
    GPU_UNROLL
    for (int input = 0; input < 2; input++) {
        if (!a->dx[input].data) continue;
        GpuVector v = gpu_vector_load(a->x[1 - input], i, a->n);
        for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] *= dy.lane[k];
        gpu_vector_store_gradient(a->dx[input], i, a->n, v);
    }
}

GPU_OP(multiply_forward) {
    gpu_pointwise_forward(&multiply_forward, node);
}

GPU_OP(multiply_backward) {
    gpu_pointwise_backward(&multiply_backward, node);
}
