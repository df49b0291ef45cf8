/* The GPU kernels of autograd/square.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(square_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    gpu_pointwise_unary(a, square_value);
}

GPU_KERNEL(square_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    gpu_pointwise_unary_backward(a, a->x[0], square_gradient);
}

GPU_OP(square_forward) {
    gpu_pointwise_forward(&square_forward, node);
}

GPU_OP(square_backward) {
    gpu_pointwise_backward(&square_backward, node);
}
