/* The GPU twin of autograd/mean.c. */
#include "cuda/reduce.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

void mean_forward_gpu(Node *node) {
    const Node *x = node->inputs[0];
    const int64_t n = shape_elements(&x->shape);
    gpu_reduce_sum(n, x->value.data, (real)n, node->value.data);
}

void mean_backward_gpu(Node *node) {
    const int64_t n = shape_elements(&node->inputs[0]->shape);
    gpu_spread(n, node->gradient.data, (real)n, node->input_gradients[0]);
}
