/* The GPU kernels of autograd/relu.c. */
#include "cuda/gpu_pointwise.h"

C_HEADERS_BEGIN
#include "autograd/pointwise.h"
C_HEADERS_END

GPU_KERNEL(relu_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    const int64_t i = gpu_vector_index();
    GpuVector v = gpu_vector_load(a->x[0], i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = relu_value(v.lane[k]);
    gpu_vector_store(a->y, i, a->n, v);
}

GPU_KERNEL(relu_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    const int64_t i = gpu_vector_index();
    const GpuVector y = gpu_vector_load(a->y, i, a->n);
    GpuVector v = gpu_vector_load(a->dy, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = relu_gradient(y.lane[k]) * v.lane[k];
    gpu_vector_store_gradient(a->dx[0], i, a->n, v);
}

GPU_OP(relu_forward) {
    gpu_pointwise_forward(&relu_forward, node);
}

GPU_OP(relu_backward) {
    gpu_pointwise_backward(&relu_backward, node);
}
