/* The GPU kernels of autograd/subtract.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(subtract_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    gpu_pointwise_binary(a, subtract_value);
}

GPU_KERNEL(subtract_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    gpu_pointwise_linear_backward(a, 1, -1);
}

GPU_OP(subtract_forward) {
    gpu_pointwise_forward(&subtract_forward, node);
}

GPU_OP(subtract_backward) {
    gpu_pointwise_backward(&subtract_backward, node);
}
