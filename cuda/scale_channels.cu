/* The GPU kernels of autograd/scale_channels.c. Forward and dx are one kernel: both multiply. */
#include "cuda/column_sums.h"
#include "cuda/row_chunks.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/scale_channels.h"
C_HEADERS_END

enum { SCALE_CHANNELS_BLOCKS = 2048 };

typedef struct ScaleChannels {
    GpuRowChunks split;
    const real *from, *scale;
    Gradient to;
} ScaleChannels;

GPU_KERNEL(scale_channels_rows, GPU_WIDE_THREADS, ScaleChannels) {
    const GpuWidePlace place = gpu_wide_place(&a->split);
    const GpuVector scale = gpu_wide_constants(&a->split, &place, a->scale);
    for (int64_t i = place.begin; i < place.end; i += place.step) {
        GpuVector v = gpu_vector_load(a->from, i, a->split.elements);
        for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] *= scale.lane[k];
        gpu_vector_store_gradient(a->to, i, a->split.elements, v);
    }
}

static void launch(const Node *node, const real *from, Gradient to) {
    if (shape_elements(&node->shape) == 0) return;
    const Shape rows = scale_channels_shape_of_rows(&node->shape, &node->inputs[1]->shape);
    const ScaleChannels arguments = { gpu_row_chunks(rows.size[0], rows.size[1],
                                                     SCALE_CHANNELS_BLOCKS),
                                      from, node->inputs[1]->value.data, to };
    gpu_launch(&scale_channels_rows, gpu_wide_blocks(&arguments.split), &arguments);
}

GPU_OP(scale_channels_forward) {
    const Gradient y = { node->value.data, false };
    launch(node, node->inputs[0]->value.data, y);
}

GPU_OP(scale_channels_backward) {
    const Gradient dx = node->input_gradients[0], dscale = node->input_gradients[1];
    if (dx.data) launch(node, node->gradient.data, dx);
    const Shape rows = scale_channels_shape_of_rows(&node->shape, &node->inputs[1]->shape);
    if (dscale.data)
        gpu_column_sums(rows.size[0], rows.size[1], node->gradient.data,
                        node->inputs[0]->value.data, dscale);
}
