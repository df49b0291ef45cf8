/* The GPU kernels of autograd/sigmoid.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(sigmoid_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    gpu_pointwise_unary(a, sigmoid_value);
}

GPU_KERNEL(sigmoid_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    gpu_pointwise_unary_backward(a, a->y, sigmoid_gradient);
}

GPU_OP(sigmoid_forward) {
    gpu_pointwise_forward(&sigmoid_forward, node);
}

GPU_OP(sigmoid_backward) {
    gpu_pointwise_backward(&sigmoid_backward, node);
}
