/* The GPU kernels of autograd/relu.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(relu_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    gpu_pointwise_unary(a, relu_value);
}

GPU_KERNEL(relu_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    gpu_pointwise_unary_backward(a, a->y, relu_gradient);
}

GPU_OP(relu_forward) {
    gpu_pointwise_forward(&relu_forward, node);
}

GPU_OP(relu_backward) {
    gpu_pointwise_backward(&relu_backward, node);
}
