/* The GPU kernels of autograd/slice_channels.c. */
#include "cuda/copy.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/slice_channels.h"
C_HEADERS_END

GPU_OP(slice_channels_forward) {
    const SliceChannels slice = *(const SliceChannels *)node->attributes;
    const int64_t rows = shape_rows(&node->shape), channels = shape_last(&node->inputs[0]->shape);
    const Gradient y = { node->value.data, false };
    gpu_copy_columns(rows, slice.count, node->inputs[0]->value.data + slice.first, channels, y,
                     slice.count);
}

/* The columns before the slice, in it, and after it: each is written once. */
GPU_OP(slice_channels_backward) {
    const SliceChannels slice = *(const SliceChannels *)node->attributes;
    const int64_t rows = shape_rows(&node->shape), channels = shape_last(&node->inputs[0]->shape);
    const int64_t end = slice.first + slice.count;
    const Gradient dx = node->input_gradients[0];
    const Gradient inside = { dx.data + slice.first, dx.accumulate };
    if (!dx.accumulate) {
        gpu_zero_columns(rows, slice.first, dx.data, channels);
        gpu_zero_columns(rows, channels - end, dx.data + end, channels);
    }
    gpu_copy_columns(rows, slice.count, node->gradient.data, slice.count, inside, channels);
}
