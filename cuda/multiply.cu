/* The GPU kernels of autograd/multiply.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(multiply_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    gpu_pointwise_binary(a, multiply_value);
}

GPU_KERNEL(multiply_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    gpu_pointwise_binary_backward(a, multiply_gradient);
}

GPU_OP(multiply_forward) {
    gpu_pointwise_forward(&multiply_forward, node);
}

GPU_OP(multiply_backward) {
    gpu_pointwise_backward(&multiply_backward, node);
}
