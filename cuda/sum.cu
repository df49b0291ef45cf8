/* The GPU kernels of autograd/sum.c. */
#include "cuda/reduce.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

GPU_OP(sum_forward) {
    const Node *x = node->inputs[0];
    gpu_reduce_sum(shape_elements(&x->shape), x->value.data, 1, node->value.data);
}

GPU_OP(sum_backward) {
    gpu_spread(shape_elements(&node->inputs[0]->shape), node->gradient.data, 1,
               node->input_gradients[0]);
}
