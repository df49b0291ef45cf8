/* The GPU kernels of autograd/add.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(add_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    gpu_pointwise_binary(a, add_value);
}

GPU_KERNEL(add_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    gpu_pointwise_linear_backward(a, 1, 1);
}

GPU_OP(add_forward) {
    gpu_pointwise_forward(&add_forward, node);
}

GPU_OP(add_backward) {
    gpu_pointwise_backward(&add_backward, node);
}
