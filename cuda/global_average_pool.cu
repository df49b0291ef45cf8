/* The GPU kernels of autograd/global_average_pool.c. */
#include "cuda/column_sums.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

GPU_OP(global_average_pool_forward) {
    const Node *x = node->inputs[0];
    const int64_t *size = x->shape.size;
    gpu_column_means(size[0], size[1] * size[2], size[3], x->value.data, node->value.data);
}

GPU_OP(global_average_pool_backward) {
    const int64_t *size = node->inputs[0]->shape.size;
    gpu_spread_over_rows(size[0], size[1] * size[2], size[3], node->gradient.data,
                         node->input_gradients[0]);
}
