/* GPU kernels of autograd/concat.c: every input is some of the columns of y. */
#include "cuda/copy.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

GPU_OP(concat_forward) {
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    Gradient columns = { node->value.data, false };
    for (int i = 0; i < node->input_count; i++) {
        const int64_t width = shape_last(&node->inputs[i]->shape);
        gpu_copy_columns(rows, width, node->inputs[i]->value.data, width, columns, channels);
        columns.data += width;
    }
}

GPU_OP(concat_backward) {
    const int64_t channels = shape_last(&node->shape), rows = shape_rows(&node->shape);
    const real *columns = node->gradient.data;
    for (int i = 0; i < node->input_count; i++) {
        const int64_t width = shape_last(&node->inputs[i]->shape);
        const Gradient dx = node->input_gradients[i];
        if (dx.data) gpu_copy_columns(rows, width, columns, channels, dx, width);
        columns += width;
    }
}
