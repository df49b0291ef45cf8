/* The GPU kernels of autograd/channel_keep.c: a thread per sample and channel looks for the channel
 * among the indices, a thread per element multiplies by what it found. */
#include "cuda/port/gpu.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

enum { CHANNEL_KEEP_THREADS = 256 };

typedef struct ChannelKeepMasks {
    int64_t samples, channels, count;
    const real *indices; /* [samples,count] */
    real *masks;         /* [samples,channels] */
    GpuFailure *failure;
} ChannelKeepMasks;

static GPU_DEVICE int64_t channel_keep_index(void) {
    return (int64_t)gpu_block() * CHANNEL_KEEP_THREADS + gpu_thread();
}

GPU_KERNEL(channel_keep_masks, CHANNEL_KEEP_THREADS, ChannelKeepMasks) {
    const int64_t i = channel_keep_index();
    if (i >= a->samples * a->channels) return;
    const real *indices = a->indices + i / a->channels * a->count;
    real mask = 0;
    for (int64_t j = 0; j < a->count; j++) {
        if (!(indices[j] >= 0 && indices[j] < (real)a->channels && indices[j] == floor(indices[j])))
            gpu_fail(a->failure, "channel_keep: an index that is no channel of x");
        if (indices[j] == (real)(i % a->channels)) mask = 1;
    }
    a->masks[i] = mask;
}

typedef struct ChannelKeep {
    int64_t elements, of_sample, channels;
    const real *from, *masks;
    Gradient to;
} ChannelKeep;

GPU_KERNEL(channel_keep_apply, CHANNEL_KEEP_THREADS, ChannelKeep) {
    const int64_t i = channel_keep_index();
    if (i >= a->elements) return;
    const real mask = a->masks[i / a->of_sample * a->channels + i % a->channels];
    gradient_store(a->to, i, mask != 0 ? a->from[i] : 0);
}

static void channel_keep(const Node *node, const real *from, Gradient to) {
    const int64_t samples = node->shape.size[0], channels = shape_last(&node->shape);
    const int64_t elements = shape_elements(&node->shape);
    if (elements == 0) return;
    Tensor masks = gpu_scratch(samples * channels);
    const ChannelKeepMasks find = {
        samples,    channels,     node->inputs[1]->shape.size[1], node->inputs[1]->value.data,
        masks.data, gpu_failure()
    };
    const ChannelKeep apply = { elements, elements / samples, channels, from, masks.data, to };
    gpu_launch(&channel_keep_masks, gpu_divide_up(samples * channels, CHANNEL_KEEP_THREADS), &find);
    gpu_launch(&channel_keep_apply, gpu_divide_up(elements, CHANNEL_KEEP_THREADS), &apply);
    tensor_release(&masks);
}

GPU_OP(channel_keep_forward) {
    const Gradient to = { node->value.data, false };
    channel_keep(node, node->inputs[0]->value.data, to);
}

GPU_OP(channel_keep_backward) {
    channel_keep(node, node->gradient.data, node->input_gradients[0]);
}
