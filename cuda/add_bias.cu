/* The GPU kernels of autograd/add_bias.c. Forward and dx are one kernel: dx has no bias. */
#include "cuda/column_sums.h"
#include "cuda/row_chunks.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

enum { ADD_BIAS_BLOCKS = 2048 };

typedef struct AddBias {
    GpuRowChunks split;
    const real *from, *bias; /* bias NULL: none */
    Gradient to;
} AddBias;

GPU_KERNEL(add_bias_rows, GPU_WIDE_THREADS, AddBias) {
    const GpuWidePlace place = gpu_wide_place(&a->split);
    GpuVector bias = { { 0 } };
    if (a->bias) bias = gpu_wide_constants(&a->split, &place, a->bias);
    for (int64_t i = place.begin; i < place.end; i += place.step) {
        GpuVector v = gpu_vector_load(a->from, i, a->split.elements);
        for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] += bias.lane[k];
        gpu_vector_store_gradient(a->to, i, a->split.elements, v);
    }
}

static void launch(const Node *node, const real *from, const real *bias, Gradient to) {
    if (shape_elements(&node->shape) == 0) return;
    const AddBias arguments = { gpu_row_chunks(shape_rows(&node->shape), shape_last(&node->shape),
                                               ADD_BIAS_BLOCKS),
                                from, bias, to };
    gpu_launch(&add_bias_rows, gpu_wide_blocks(&arguments.split), &arguments);
}

GPU_OP(add_bias_forward) {
    const Gradient y = { node->value.data, false };
    launch(node, node->inputs[0]->value.data, node->inputs[1]->value.data, y);
}

GPU_OP(add_bias_backward) {
    const Gradient dx = node->input_gradients[0], dbias = node->input_gradients[1];
    if (dx.data) launch(node, node->gradient.data, NULL, dx);
    if (dbias.data)
        gpu_column_sums(shape_rows(&node->shape), shape_last(&node->shape), node->gradient.data,
                        NULL, dbias);
}
