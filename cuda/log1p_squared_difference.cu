/* The GPU kernels of autograd/log1p_squared_difference.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(log1p_squared_difference_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    gpu_pointwise_binary(a, log1p_squared_difference_value);
}

GPU_KERNEL(log1p_squared_difference_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    gpu_pointwise_binary_backward(a, log1p_squared_difference_gradient);
}

GPU_OP(log1p_squared_difference_forward) {
    gpu_pointwise_forward(&log1p_squared_difference_forward, node);
}

GPU_OP(log1p_squared_difference_backward) {
    gpu_pointwise_backward(&log1p_squared_difference_backward, node);
}
