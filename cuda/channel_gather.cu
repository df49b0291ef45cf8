/* The GPU kernels of autograd/channel_gather.c.
 *
 * Backward first inverts the indices, once for all rows of a sample: `order` holds the j sorted by
 * (index_j, j), and those with index_j = c are at start[c] to start[c + 1]. Then dx is a gather as
 * well: the element of channel c adds its few dy in the order of j, no two threads write one
 * element, and a row costs k + C, however many indices repeat. It is a counting sort: the position
 * of j is the number of smaller pairs. k is some hundred, so the k^2 comparisons of a sample cost
 * little compared with its rows. */
#include "cuda/gpu_channels.h"

C_HEADERS_BEGIN
#include "autograd/channel_gather.h"
C_HEADERS_END

/* ---- Forward ---- */

typedef struct ChannelGatherForward {
    GpuImages out;           /* a sample is an image [1,rows of a sample,k] */
    int64_t per_sample;      /* 1; 0 if all samples use the first row of the indices */
    const real *x, *indices; /* indices: [samples,k] */
    int64_t channels;        /* of x */
    real *y;
    GpuFailure *failure;
} ChannelGatherForward;

GPU_KERNEL(channel_gather_forward, GPU_CHANNELS_THREADS, ChannelGatherForward) {
    GpuPixel at;
    if (!gpu_pixel(&a->out, &at)) return;
    const real *x = a->x + (at.batch * a->out.width + at.w) * a->channels;
    const GpuVector index = gpu_channels_load(
        a->indices + at.batch * a->per_sample * a->out.channels + at.c, a->out.lanes);
    GpuVector y;
    for (int k = 0; k < GPU_VECTOR; k++) {
        const real j = index.lane[k];
        if (!(j >= 0 && j < (real)a->channels && j == floor(j)))
            gpu_fail(a->failure, "channel_gather: an index that is no channel of x");
        y.lane[k] = x[(int64_t)j];
    }
    gpu_channels_store(a->y + gpu_channels_at(&a->out, at), a->out.lanes, y);
}

/* ---- Backward ---- */

enum { CHANNEL_GATHER_THREADS = 256 };

typedef struct ChannelGatherSort {
    int64_t channels, count;
    int blocks_of_sample;
    const real *indices;
    int32_t *start, *order; /* [samples,C + 1], [samples,k] */
} ChannelGatherSort;

typedef struct ChannelGatherShared {
    real index[CHANNEL_GATHER_THREADS];
} ChannelGatherShared;

/* Thread t of a sample places j = t, and computes start[t]. */
GPU_KERNEL_SHARED(channel_gather_sort, CHANNEL_GATHER_THREADS, ChannelGatherSort,
                  ChannelGatherShared) {
    const int64_t sample = gpu_block() / a->blocks_of_sample;
    const int64_t t =
        (int64_t)(gpu_block() % a->blocks_of_sample) * CHANNEL_GATHER_THREADS + gpu_thread();
    const real *indices = a->indices + sample * a->count;
    const real mine = t < a->count ? indices[t] : 0;
    int32_t place = 0, start = 0;
    for (int64_t first = 0; first < a->count; first += CHANNEL_GATHER_THREADS) {
        const int64_t left = a->count - first;
        const int count = (int)(left < CHANNEL_GATHER_THREADS ? left : CHANNEL_GATHER_THREADS);
        gpu_barrier();
        if (gpu_thread() < count) shared->index[gpu_thread()] = indices[first + gpu_thread()];
        gpu_barrier();
        for (int i = 0; i < count; i++) {
            const real other = shared->index[i];
            place += other < mine || (other == mine && first + i < t);
            start += other < (real)t;
        }
    }
    if (t < a->count) a->order[sample * a->count + place] = (int32_t)t;
    if (t <= a->channels) a->start[sample * (a->channels + 1) + t] = start;
}

typedef struct ChannelGatherBackward {
    GpuImages in; /* as out above */
    int64_t per_sample, count;
    const real *dy;
    const int32_t *start, *order;
    Gradient dx;
} ChannelGatherBackward;

GPU_KERNEL(channel_gather_backward, GPU_CHANNELS_THREADS, ChannelGatherBackward) {
    GpuPixel at;
    if (!gpu_pixel(&a->in, &at)) return;
    const real *dy = a->dy + (at.batch * a->in.width + at.w) * a->count;
    const int64_t sample = at.batch * a->per_sample;
    const int32_t *start = a->start + sample * (a->in.channels + 1) + at.c;
    const int32_t *order = a->order + sample * a->count;
    GpuVector sum = gpu_vector_of(0);
    for (int k = 0; k < GPU_VECTOR; k++)
        for (int32_t i = k < a->in.lanes ? start[k] : 0; k < a->in.lanes && i < start[k + 1]; i++)
            sum.lane[k] += dy[order[i]];
    gpu_channels_store_gradient(a->dx, gpu_channels_at(&a->in, at), a->in.lanes, sum);
}

/* ---- Launches ---- */

static int64_t indices_per_sample(const Node *node) {
    return node->inputs[1]->shape.rank == 2;
}

/* Where all samples use the same indices, each row may be a sample. */
static GpuImages rows_by_sample(const Node *node, int64_t channels) {
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const int64_t samples = indices_per_sample(node) ? node->inputs[0]->shape.size[0] : rows;
    return gpu_images(samples, 1, samples ? rows / samples : 0, channels);
}

GPU_OP(channel_gather_forward) {
    ChannelGatherForward arguments = { rows_by_sample(node, shape_last(&node->shape)),
                                       indices_per_sample(node),
                                       node->inputs[0]->value.data,
                                       node->inputs[1]->value.data,
                                       shape_last(&node->inputs[0]->shape),
                                       node->value.data,
                                       gpu_failure() };
    gpu_channels_launch(&channel_gather_forward, &arguments.out, &arguments);
}

GPU_OP(channel_gather_backward) {
    const int64_t channels = shape_last(&node->inputs[0]->shape), count = shape_last(&node->shape);
    const int64_t samples = indices_per_sample(node) ? node->inputs[0]->shape.size[0] : 1;
    const int64_t blocks =
        gpu_divide_up(count > channels ? count : channels + 1, CHANNEL_GATHER_THREADS);
    Tensor scratch = gpu_scratch(samples * (channels + 1 + count)); /* a real holds an int32 */
    int32_t *start = (int32_t *)scratch.data, *order = start + samples * (channels + 1);
    const ChannelGatherSort sort = { channels, count, (int)blocks, node->inputs[1]->value.data,
                                     start,    order };
    ChannelGatherBackward gather = { rows_by_sample(node, channels),
                                     indices_per_sample(node),
                                     count,
                                     node->gradient.data,
                                     start,
                                     order,
                                     node->input_gradients[0] };
    gpu_launch(&channel_gather_sort, samples * blocks, &sort);
    gpu_channels_launch(&channel_gather_backward, &gather.in, &gather);
    tensor_release(&scratch);
}
