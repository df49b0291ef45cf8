/* The GPU kernels of autograd/mean.c. */
#include "cuda/reduce.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

GPU_OP(mean_forward) {
    const Node *x = node->inputs[0];
    const int64_t n = shape_elements(&x->shape);
    gpu_reduce_sum(n, x->value.data, (real)n, node->value.data);
}

GPU_OP(mean_backward) {
    const int64_t n = shape_elements(&node->inputs[0]->shape);
    gpu_spread(n, node->gradient.data, (real)n, node->input_gradients[0]);
}
