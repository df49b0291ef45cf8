/* The GPU kernels of autograd/hyperbolic_tangent.c. */
#include "cuda/gpu_pointwise.h"

GPU_KERNEL(hyperbolic_tangent_forward, GPU_VECTOR_THREADS, PointwiseForward) {
    gpu_pointwise_unary(a, hyperbolic_tangent_value);
}

GPU_KERNEL(hyperbolic_tangent_backward, GPU_VECTOR_THREADS, PointwiseBackward) {
    gpu_pointwise_unary_backward(a, a->y, hyperbolic_tangent_gradient);
}

GPU_OP(hyperbolic_tangent_forward) {
    gpu_pointwise_forward(&hyperbolic_tangent_forward, node);
}

GPU_OP(hyperbolic_tangent_backward) {
    gpu_pointwise_backward(&hyperbolic_tangent_backward, node);
}
