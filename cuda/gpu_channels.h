/* gpu_channels.h - kernels over images [B,H,W,C]: each thread takes a few neighbouring channels of
 * one pixel, those of one 16-byte access if whole vectors fill the channels, else one alone.
 * Neighbouring threads take neighbouring channels, so the accesses of a warp lie side by side.
 *
 *     GPU_KERNEL(doubling, GPU_CHANNELS_THREADS, Doubling) {
 *         GpuPixel at;
 *         if (!gpu_pixel(&a->images, &at)) return;
 *         const int64_t i = gpu_channels_at(&a->images, at);
 *         GpuVector v = gpu_channels_load(a->x + i, a->images.lanes);
 *         for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] *= 2;
 *         gpu_channels_store(a->y + i, a->images.lanes, v);
 *     }
 *     Doubling arguments = { gpu_images_of(&node->shape), x, y };
 *     gpu_channels_launch(&doubling, &arguments.images, &arguments);
 *
 * Which pixel a thread has takes three divisions, and GPUs divide in 32 bits many times faster than
 * in 64. So a launch has fewer than 2^32 threads; a tensor that needs more is split into several
 * launches over some of its images each. With one channel the other lanes hold zeros: such kernels
 * are bound by memory, not by arithmetic, so one body serves both.
 */
#ifndef CUDA_GPU_CHANNELS_H
#define CUDA_GPU_CHANNELS_H

#include "cuda/gpu_vector.h"

enum { GPU_CHANNELS_THREADS = 256 };

typedef struct GpuImages {
    int64_t batch, height, width, channels;
    int lanes;          /* channels of one thread: GPU_VECTOR or 1 */
    int64_t first, end; /* the images of this launch */
} GpuImages;

typedef struct GpuPixel {
    int64_t batch, h, w, c; /* c: the first of the thread's channels */
} GpuPixel;

static inline GpuImages gpu_images(int64_t batch, int64_t height, int64_t width, int64_t channels) {
    const int lanes = channels % GPU_VECTOR ? 1 : GPU_VECTOR;
    const GpuImages images = { batch, height, width, channels, lanes, 0, batch };
    return images;
}

/* Of a tensor [B,H,W,C]. */
static inline GpuImages gpu_images_of(const Shape *shape) {
    return gpu_images(shape->size[0], shape->size[1], shape->size[2], shape->size[3]);
}

/* Assigns threads to every pixel. images: the member of the arguments that the kernel passes to
 * gpu_pixel. */
static inline void gpu_channels_launch(GpuKernel *kernel, GpuImages *images,
                                       const void *arguments) {
    const int64_t threads_most = UINT32_MAX;
    const int64_t threads = images->height * images->width * (images->channels / images->lanes);
    if (threads == 0) return;
    PROMISE(threads <= threads_most, "kernel %s: an image that %lld threads share", kernel->name,
            (long long)threads);
    for (images->first = 0; images->first < images->batch; images->first = images->end) {
        images->end = images->first + threads_most / threads;
        if (images->end > images->batch) images->end = images->batch;
        gpu_launch(kernel,
                   gpu_divide_up((images->end - images->first) * threads, GPU_CHANNELS_THREADS),
                   arguments);
    }
}

/* Divides *number by size and returns the remainder. */
static GPU_DEVICE uint32_t gpu_split(uint32_t *number, uint32_t size) {
    const uint32_t quotient = *number / size, remainder = *number - quotient * size;
    *number = quotient;
    return remainder;
}

/* The channels and the pixel of this thread; false: it has none. */
static GPU_DEVICE bool gpu_pixel(const GpuImages *images, GpuPixel *at) {
    uint32_t number = (uint32_t)gpu_block() * GPU_CHANNELS_THREADS + (uint32_t)gpu_thread();
    at->c = gpu_split(&number, (uint32_t)images->channels / (uint32_t)images->lanes) *
            (int64_t)images->lanes;
    at->w = gpu_split(&number, (uint32_t)images->width);
    at->h = gpu_split(&number, (uint32_t)images->height);
    at->batch = images->first + number;
    return at->batch < images->end;
}

/* The index in the tensor of the first of them. */
static GPU_DEVICE int64_t gpu_channels_at(const GpuImages *images, GpuPixel at) {
    return ((at.batch * images->height + at.h) * images->width + at.w) * images->channels + at.c;
}

/* The channels from[0..lanes-1], then zeros. */
static GPU_DEVICE GpuVector gpu_channels_load(const real *from, int lanes) {
    if (lanes == GPU_VECTOR) return *(const GpuVector *)from;
    GpuVector value;
    value.lane[0] = from[0];
    for (int k = 1; k < GPU_VECTOR; k++) value.lane[k] = 0;
    return value;
}

static GPU_DEVICE void gpu_channels_store(real *to, int lanes, GpuVector value) {
    if (lanes == GPU_VECTOR)
        *(GpuVector *)to = value;
    else
        to[0] = value.lane[0];
}

/* To elements i.. of a gradient: adds to the old values, or overwrites. */
static GPU_DEVICE void gpu_channels_store_gradient(Gradient to, int64_t i, int lanes,
                                                   GpuVector share) {
    if (to.accumulate) {
        const GpuVector old = gpu_channels_load(to.data + i, lanes);
        for (int k = 0; k < GPU_VECTOR; k++) share.lane[k] = old.lane[k] + share.lane[k];
    }
    gpu_channels_store(to.data + i, lanes, share);
}

static GPU_DEVICE GpuVector gpu_vector_of(real value) {
    GpuVector vector;
    for (int k = 0; k < GPU_VECTOR; k++) vector.lane[k] = value;
    return vector;
}

#endif
