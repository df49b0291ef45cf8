/* The GPU kernels of autograd/max_pool.c. As in cuda/average_pool.cu, the repeated reads of an element
 * find it in the caches, and loops over a window are not unrolled. */
#include "cuda/gpu_channels.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/pool.h"
C_HEADERS_END

typedef struct MaxPoolForward {
    Pool pool;
    GpuImages in, out;
    const real *x;
    real *y, *winner;
} MaxPoolForward;

GPU_KERNEL(max_pool_forward, GPU_CHANNELS_THREADS, MaxPoolForward) {
    GpuPixel at;
    if (!gpu_pixel(&a->out, &at)) return;
    const int oh = (int)at.h, ow = (int)at.w;
    const Span high = pool_window(&a->pool, oh, (int)a->in.height);
    const Span wide = pool_window(&a->pool, ow, (int)a->in.width);
    GpuVector best = gpu_vector_of(-INFINITY);
    GpuVector winner = gpu_vector_of((real)pool_place(&a->pool, oh, ow, high.first, wide.first));
    for (int h = high.first; h < high.end; h++) {
        GPU_NO_UNROLL
        for (int w = wide.first; w < wide.end; w++) {
            const GpuPixel pixel = { at.batch, h, w, at.c };
            const GpuVector x =
                gpu_channels_load(a->x + gpu_channels_at(&a->in, pixel), a->in.lanes);
            const real place = (real)pool_place(&a->pool, oh, ow, h, w);
            for (int k = 0; k < GPU_VECTOR; k++) {
                const bool wins = pool_wins(x.lane[k], best.lane[k]);
                best.lane[k] = wins ? x.lane[k] : best.lane[k];
                winner.lane[k] = wins ? place : winner.lane[k];
            }
        }
    }
    const int64_t i = gpu_channels_at(&a->out, at);
    gpu_channels_store(a->y + i, a->out.lanes, best);
    gpu_channels_store(a->winner + i, a->out.lanes, winner);
}

typedef struct MaxPoolBackward {
    Pool pool;
    GpuImages in, out;
    const real *winner, *dy;
    Gradient dx;
} MaxPoolBackward;

GPU_KERNEL(max_pool_backward, GPU_CHANNELS_THREADS, MaxPoolBackward) {
    GpuPixel at;
    if (!gpu_pixel(&a->in, &at)) return;
    const int h = (int)at.h, w = (int)at.w;
    const Span high = pool_covering(&a->pool, h, (int)a->out.height);
    const Span wide = pool_covering(&a->pool, w, (int)a->out.width);
    GpuVector sum = gpu_vector_of(0);
    for (int oh = high.first; oh < high.end; oh++) {
        GPU_NO_UNROLL
        for (int ow = wide.first; ow < wide.end; ow++) {
            const GpuPixel window = { at.batch, oh, ow, at.c };
            const int64_t i = gpu_channels_at(&a->out, window);
            const GpuVector winner = gpu_channels_load(a->winner + i, a->out.lanes);
            const GpuVector dy = gpu_channels_load(a->dy + i, a->out.lanes);
            const real place = (real)pool_place(&a->pool, oh, ow, h, w);
            for (int k = 0; k < GPU_VECTOR; k++)
                sum.lane[k] += winner.lane[k] == place ? dy.lane[k] : 0;
        }
    }
    gpu_channels_store_gradient(a->dx, gpu_channels_at(&a->in, at), a->in.lanes, sum);
}

GPU_OP(max_pool_forward) {
    MaxPoolForward arguments = { *(const Pool *)node->attributes,
                                 gpu_images_of(&node->inputs[0]->shape),
                                 gpu_images_of(&node->shape),
                                 node->inputs[0]->value.data,
                                 node->value.data,
                                 node->saved[0].data };
    gpu_channels_launch(&max_pool_forward, &arguments.out, &arguments);
}

GPU_OP(max_pool_backward) {
    MaxPoolBackward arguments = { *(const Pool *)node->attributes,
                                  gpu_images_of(&node->inputs[0]->shape),
                                  gpu_images_of(&node->shape),
                                  node->saved[0].data,
                                  node->gradient.data,
                                  node->input_gradients[0] };
    gpu_channels_launch(&max_pool_backward, &arguments.in, &arguments);
}
