/* The GPU kernels of autograd/log1p_squared_difference.c. */
#include "cuda/gpu_pointwise.h"

C_HEADERS_BEGIN
#include "autograd/pointwise.h"
C_HEADERS_END

GPU_KERNEL(log1p_squared_difference_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    const int64_t i = gpu_vector_index();
    const GpuVector right = gpu_vector_load(a->x[1], i, a->n);
    GpuVector v = gpu_vector_load(a->x[0], i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = log1p_square_value(v.lane[k] - right.lane[k]);
    gpu_vector_store(a->y, i, a->n, v);
}

GPU_KERNEL(log1p_squared_difference_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    const int64_t i = gpu_vector_index();
    const GpuVector left = gpu_vector_load(a->x[0], i, a->n);
    const GpuVector right = gpu_vector_load(a->x[1], i, a->n);
    GpuVector v = gpu_vector_load(a->dy, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++)
        v.lane[k] = log1p_square_gradient(left.lane[k] - right.lane[k]) * v.lane[k];
    if (a->dx[0].data) gpu_vector_store_gradient(a->dx[0], i, a->n, v);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = -v.lane[k];
    if (a->dx[1].data) gpu_vector_store_gradient(a->dx[1], i, a->n, v);
}

GPU_OP(log1p_squared_difference_forward) {
    gpu_pointwise_forward(&log1p_squared_difference_forward, node);
}

GPU_OP(log1p_squared_difference_backward) {
    gpu_pointwise_backward(&log1p_squared_difference_backward, node);
}
