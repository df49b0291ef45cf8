/* The GPU kernels of autograd/resize_bilinear.c. Neighbouring threads blend the same few pixels: all
 * but the first read of an element find it in the caches. */
#include "cuda/gpu_channels.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/resize.h"
C_HEADERS_END

typedef struct ResizeBilinear {
    GpuImages in, out;
    const real *from; /* x; backward: dy */
    Gradient to;      /* y; backward: dx */
} ResizeBilinear;

/* (1 - t) near + t far, on row h of the input. */
static GPU_DEVICE GpuVector blend_along_width(const ResizeBilinear *a, GpuPixel at, int h,
                                              ResizeTap wide) {
    const GpuPixel near = { at.batch, h, wide.near, at.c }, far = { at.batch, h, wide.far, at.c };
    GpuVector v = gpu_channels_load(a->from + gpu_channels_at(&a->in, near), a->in.lanes);
    const GpuVector w = gpu_channels_load(a->from + gpu_channels_at(&a->in, far), a->in.lanes);
    for (int k = 0; k < GPU_VECTOR; k++)
        v.lane[k] = (1 - wide.weight) * v.lane[k] + wide.weight * w.lane[k];
    return v;
}

GPU_KERNEL(resize_bilinear_forward, GPU_CHANNELS_THREADS, ResizeBilinear) {
    GpuPixel at;
    if (!gpu_pixel(&a->out, &at)) return;
    const ResizeTap high = resize_tap((int)at.h, (int)a->in.height, (int)a->out.height);
    const ResizeTap wide = resize_tap((int)at.w, (int)a->in.width, (int)a->out.width);
    GpuVector v = blend_along_width(a, at, high.near, wide);
    const GpuVector below = blend_along_width(a, at, high.far, wide);
    for (int k = 0; k < GPU_VECTOR; k++)
        v.lane[k] = (1 - high.weight) * v.lane[k] + high.weight * below.lane[k];
    gpu_channels_store_gradient(a->to, gpu_channels_at(&a->out, at), a->out.lanes, v);
}

/* An input pixel adds share(oh) share(ow) dy over m x n readers. Computing the shares for each pair
 * would cost more than the sum. So the readers along the width are processed a few at a time, with
 * their shares in registers for the whole height. A fourfold resize has 9: two rounds. */
enum { RESIZE_SHARES = 5 };

GPU_KERNEL(resize_bilinear_backward, GPU_CHANNELS_THREADS, ResizeBilinear) {
    GpuPixel at;
    if (!gpu_pixel(&a->in, &at)) return;
    const int height = (int)a->in.height, out_height = (int)a->out.height;
    const int width = (int)a->in.width, out_width = (int)a->out.width;
    const ResizeSpan high = resize_readers((int)at.h, height, out_height);
    const ResizeSpan wide = resize_readers((int)at.w, width, out_width);
    GpuVector sum = gpu_vector_of(0);
    for (int first = wide.first; first < wide.end; first += RESIZE_SHARES) {
        const GpuPixel reader = { at.batch, high.first, first, at.c };
        const real *dy = a->from + gpu_channels_at(&a->out, reader);
        real share[RESIZE_SHARES];
        GPU_UNROLL
        for (int s = 0; s < RESIZE_SHARES; s++)
            share[s] =
                first + s < wide.end ? resize_share((int)at.w, first + s, width, out_width) : 0;
        GPU_NO_UNROLL
        for (int oh = high.first; oh < high.end; oh++) {
            const real share_high = resize_share((int)at.h, oh, height, out_height);
            GPU_UNROLL
            for (int s = 0; s < RESIZE_SHARES; s++) {
                if (first + s >= wide.end) continue;
                const GpuVector v = gpu_channels_load(dy + s * a->out.channels, a->out.lanes);
                for (int k = 0; k < GPU_VECTOR; k++)
                    sum.lane[k] += share[s] * share_high * v.lane[k];
            }
            dy += a->out.width * a->out.channels;
        }
    }
    gpu_channels_store_gradient(a->to, gpu_channels_at(&a->in, at), a->in.lanes, sum);
}

GPU_OP(resize_bilinear_forward) {
    ResizeBilinear arguments = { gpu_images_of(&node->inputs[0]->shape),
                                 gpu_images_of(&node->shape),
                                 node->inputs[0]->value.data,
                                 { node->value.data, false } };
    gpu_channels_launch(&resize_bilinear_forward, &arguments.out, &arguments);
}

GPU_OP(resize_bilinear_backward) {
    ResizeBilinear arguments = { gpu_images_of(&node->inputs[0]->shape),
                                 gpu_images_of(&node->shape), node->gradient.data,
                                 node->input_gradients[0] };
    gpu_channels_launch(&resize_bilinear_backward, &arguments.in, &arguments);
}
