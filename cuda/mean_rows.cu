/* The GPU kernels of autograd/mean_rows.c. */
#include "cuda/column_sums.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

GPU_OP(mean_rows_forward) {
    const Node *x = node->inputs[0];
    gpu_column_means(1, shape_rows(&x->shape), shape_last(&x->shape), x->value.data,
                     node->value.data);
}

GPU_OP(mean_rows_backward) {
    const Shape *x = &node->inputs[0]->shape;
    gpu_spread_over_rows(1, shape_rows(x), shape_last(x), node->gradient.data,
                         node->input_gradients[0]);
}
