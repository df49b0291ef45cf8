/* The GPU kernels of autograd/average_pool.c. Windows overlap, so an element is read k^2 times, by
 * one block or the one for the next row: all reads but the first hit the caches.
 * Windows are a few positions wide, so unrolled loops over them would only cost registers. */
#include "cuda/gpu_channels.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/pool.h"
C_HEADERS_END

typedef struct AveragePool {
    Pool pool;
    real share; /* the weight of one element in a window */
    GpuImages in, out;
    const real *from; /* x; backward: dy */
    Gradient to;      /* y; backward: dx */
} AveragePool;

/* Add up the pixels of a rectangle in the image that the thread's pixel lies in, at its channels.
 */
static GPU_DEVICE GpuVector add_up(const real *from, const GpuImages *images, GpuPixel at,
                                   Span high, Span wide) {
    GpuVector sum = gpu_vector_of(0);
    for (int h = high.first; h < high.end; h++) {
        GPU_NO_UNROLL
        for (int w = wide.first; w < wide.end; w++) {
            const GpuPixel pixel = { at.batch, h, w, at.c };
            const GpuVector v =
                gpu_channels_load(from + gpu_channels_at(images, pixel), images->lanes);
            for (int k = 0; k < GPU_VECTOR; k++) sum.lane[k] += v.lane[k];
        }
    }
    return sum;
}

static GPU_DEVICE void store_mean(const AveragePool *a, const GpuImages *images, GpuPixel at,
                                  GpuVector sum) {
    for (int k = 0; k < GPU_VECTOR; k++) sum.lane[k] *= a->share;
    gpu_channels_store_gradient(a->to, gpu_channels_at(images, at), images->lanes, sum);
}

GPU_KERNEL(average_pool_forward, GPU_CHANNELS_THREADS, AveragePool) {
    GpuPixel at;
    if (!gpu_pixel(&a->out, &at)) return;
    const Span high = pool_window(&a->pool, (int)at.h, (int)a->in.height);
    const Span wide = pool_window(&a->pool, (int)at.w, (int)a->in.width);
    store_mean(a, &a->out, at, add_up(a->from, &a->in, at, high, wide));
}

GPU_KERNEL(average_pool_backward, GPU_CHANNELS_THREADS, AveragePool) {
    GpuPixel at;
    if (!gpu_pixel(&a->in, &at)) return;
    const Span high = pool_covering(&a->pool, (int)at.h, (int)a->out.height);
    const Span wide = pool_covering(&a->pool, (int)at.w, (int)a->out.width);
    store_mean(a, &a->in, at, add_up(a->from, &a->out, at, high, wide));
}

static AveragePool arguments_of(const Node *node, const real *from, Gradient to) {
    const Pool pool = *(const Pool *)node->attributes;
    const AveragePool arguments = { pool,
                                    1 / (real)(pool.kernel * pool.kernel),
                                    gpu_images_of(&node->inputs[0]->shape),
                                    gpu_images_of(&node->shape),
                                    from,
                                    to };
    return arguments;
}

GPU_OP(average_pool_forward) {
    const Gradient y = { node->value.data, false };
    AveragePool arguments = arguments_of(node, node->inputs[0]->value.data, y);
    gpu_channels_launch(&average_pool_forward, &arguments.out, &arguments);
}

GPU_OP(average_pool_backward) {
    AveragePool arguments = arguments_of(node, node->gradient.data, node->input_gradients[0]);
    gpu_channels_launch(&average_pool_backward, &arguments.in, &arguments);
}
