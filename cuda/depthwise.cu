/* Depthwise convolution (groups == in == out) on the GPU.
 *
 * With nine multiply-adds per value, tiles save nothing: memory is the bound. So a thread computes
 * the channels of one 16-byte access, its neighbours the next channels, and every value is read
 * from memory once and stays in the first-level cache for the other taps. A filter [channel][tap]
 * is read channel by channel, so each thread computes four pixels of one line and reads a tap's
 * filters once for the four.
 */
#include "cuda/gpu_vector.h"
#include "cuda/product/gpu_conv2d.h"
#include "cuda/product/product_store.h"

enum { DEPTHWISE_THREADS = 128, RUN = 4, CHUNKS_MOST = 128 };

typedef struct DepthwiseShape {
    int channels, height, width, out_height, out_width;
    int kernel_height, kernel_width, stride, padding;
} DepthwiseShape;

/* Indices within one image, and of filters, are ints: fewer registers, more threads. */
static DepthwiseShape depthwise_shape(const Conv2dShape *s) {
    product_int(s->height * s->width * s->in);
    product_int(conv2d_out_height(s) * conv2d_out_width(s) * s->in);
    product_int(s->kernel_height * s->kernel_width * s->in);
    const DepthwiseShape shape = {
        product_int(s->in),
        product_int(s->height),
        product_int(s->width),
        product_int(conv2d_out_height(s)),
        product_int(conv2d_out_width(s)),
        product_int(s->kernel_height),
        product_int(s->kernel_width),
        product_int(s->stride),
        product_int(s->padding),
    };
    return shape;
}

static bool takes_vectors(const Conv2dShape *s) {
    return s->in % GPU_VECTOR == 0;
}

/* width: GPU_VECTOR, or 1. */
static GPU_DEVICE GpuVector load_channels(const int width, const real *from) {
    GpuVector value;
    if (width == GPU_VECTOR) return *(const GpuVector *)from;
    value.lane[0] = from[0];
    return value;
}

static GPU_DEVICE void store_channels(const int width, real *to, GpuVector value) {
    if (width == GPU_VECTOR)
        *(GpuVector *)to = value;
    else
        to[0] = value.lane[0];
}

/* ---- Forward, and the gradient of the image ---- */

typedef struct DepthwiseSums {
    DepthwiseShape shape;
    int threads;       /* that have work */
    int lines, runs;   /* of one image of the result */
    int vectors;       /* of one pixel */
    int height, width; /* of the source */
    int to_height, to_width;
    const real *from, *weight; /* the source is x, or dy */
    real *to;
    ProductEpilogue epilogue;
} DepthwiseSums;

/* Four pixels of one line of the result, and the taps they sum over. The taps tap_y, tap_y +
 * taps_apart, and so on read the lines y, y + move, and so on of the source; likewise in x. The
 * next of the four pixels is to_apart further, and its window from_apart. */
typedef struct DepthwiseRun {
    int tap_y, tap_x, taps_apart, move;
    int y, x, from_apart;
    int to_x, to_apart;
} DepthwiseRun;

static GPU_DEVICE DepthwiseRun run_of_output(const DepthwiseShape *s, int line, int run) {
    const DepthwiseRun of = { 0,
                              0,
                              1,
                              1,
                              line * s->stride - s->padding,
                              run * RUN * s->stride - s->padding,
                              s->stride,
                              run * RUN,
                              1 };
    return of;
}

/* In the gradient the four pixels are `stride` apart, so that the same taps reach them; `stride`
 * runs fill the pixels in between. */
static GPU_DEVICE DepthwiseRun run_of_image(const DepthwiseShape *s, int line, int run) {
    const int first = run / s->stride * s->stride * RUN + run % s->stride;
    const int reach_y = line + s->padding, reach_x = first + s->padding;
    const DepthwiseRun of = { reach_y % s->stride,
                              reach_x % s->stride,
                              s->stride,
                              -1,
                              reach_y / s->stride,
                              reach_x / s->stride,
                              1,
                              first,
                              s->stride };
    return of;
}

static GPU_DEVICE void add_taps(const int width, const DepthwiseSums *a, DepthwiseRun run,
                                const real *image, int channel, real sum[RUN][GPU_VECTOR]) {
    const DepthwiseShape *s = &a->shape;
    const int taps = s->kernel_height * s->kernel_width;
    const real *filters = a->weight + (int64_t)channel * taps;
    int y = run.y;
    for (int ky = run.tap_y; ky < s->kernel_height; ky += run.taps_apart, y += run.move) {
        if ((unsigned)y >= (unsigned)a->height) continue;
        const int line = y * a->width;
        int x = run.x;
        for (int kx = run.tap_x; kx < s->kernel_width; kx += run.taps_apart, x += run.move) {
            real weight[GPU_VECTOR];
            GPU_UNROLL
            for (int l = 0; l < width; l++)
                weight[l] = filters[l * taps + ky * s->kernel_width + kx];
            GPU_UNROLL
            for (int r = 0; r < RUN; r++) {
                const int at = x + r * run.from_apart;
                if ((unsigned)at >= (unsigned)a->width) continue;
                const GpuVector value = load_channels(width, image + (line + at) * s->channels);
                GPU_UNROLL
                for (int l = 0; l < width; l++) sum[r][l] += value.lane[l] * weight[l];
            }
        }
    }
}

static GPU_DEVICE void depthwise_sums(const int width, const bool gradient,
                                      const DepthwiseSums *a) {
    const int i = gpu_block() * DEPTHWISE_THREADS + gpu_thread();
    if (i >= a->threads) return;
    const int above = i / a->vectors, channel = i % a->vectors * width;
    const int line = above / a->runs % a->lines, image = above / a->runs / a->lines;
    const DepthwiseRun run = gradient ? run_of_image(&a->shape, line, above % a->runs)
                                      : run_of_output(&a->shape, line, above % a->runs);
    const int64_t channels = a->shape.channels;
    real sum[RUN][GPU_VECTOR];
    GPU_UNROLL
    for (int r = 0; r < RUN; r++) {
        GPU_UNROLL
        for (int l = 0; l < width; l++) sum[r][l] = 0;
    }
    add_taps(width, a, run, a->from + (int64_t)image * a->height * a->width * channels + channel,
             channel, sum);
    GPU_UNROLL
    for (int r = 0; r < RUN; r++) {
        const int x = run.to_x + r * run.to_apart;
        if (x >= a->to_width) continue;
        const int64_t at =
            (((int64_t)image * a->to_height + line) * a->to_width + x) * channels + channel;
        GpuVector value;
        GPU_UNROLL
        for (int l = 0; l < width; l++)
            value.lane[l] = epilogue_value(&a->epilogue, a->to, at + l, channel + l, sum[r][l]);
        store_channels(width, a->to + at, value);
    }
}

GPU_KERNEL(depthwise_forward_vectors, DEPTHWISE_THREADS, DepthwiseSums) {
    depthwise_sums(GPU_VECTOR, false, a);
}

GPU_KERNEL(depthwise_forward_reals, DEPTHWISE_THREADS, DepthwiseSums) {
    depthwise_sums(1, false, a);
}

GPU_KERNEL(depthwise_data_vectors, DEPTHWISE_THREADS, DepthwiseSums) {
    depthwise_sums(GPU_VECTOR, true, a);
}

GPU_KERNEL(depthwise_data_reals, DEPTHWISE_THREADS, DepthwiseSums) {
    depthwise_sums(1, true, a);
}

static void launch_sums(const Conv2dShape *s, GpuKernel *kernel, DepthwiseSums *arguments) {
    arguments->shape = depthwise_shape(s);
    arguments->lines = arguments->to_height;
    arguments->vectors = product_int(takes_vectors(s) ? s->in / GPU_VECTOR : s->in);
    arguments->threads =
        product_int(s->batch * arguments->lines * arguments->runs * arguments->vectors);
    gpu_launch(kernel, gpu_divide_up(arguments->threads, DEPTHWISE_THREADS), arguments);
}

void gpu_depthwise_forward(const Conv2dShape *s, const real *x, const real *weight,
                           ProductEpilogue epilogue, real *y) {
    DepthwiseSums arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.height = product_int(s->height);
    arguments.width = product_int(s->width);
    arguments.to_height = product_int(conv2d_out_height(s));
    arguments.to_width = product_int(conv2d_out_width(s));
    arguments.runs = product_int(gpu_divide_up(arguments.to_width, RUN));
    arguments.from = x;
    arguments.weight = weight;
    arguments.to = y;
    arguments.epilogue = epilogue;
    launch_sums(s, takes_vectors(s) ? &depthwise_forward_vectors : &depthwise_forward_reals,
                &arguments);
}

void gpu_depthwise_backward_data(const Conv2dShape *s, const real *dy, const real *weight,
                                 Gradient dx) {
    DepthwiseSums arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.height = product_int(conv2d_out_height(s));
    arguments.width = product_int(conv2d_out_width(s));
    arguments.to_height = product_int(s->height);
    arguments.to_width = product_int(s->width);
    arguments.runs = product_int(gpu_divide_up(s->width, RUN * s->stride) * s->stride);
    arguments.from = dy;
    arguments.weight = weight;
    arguments.to = dx.data;
    arguments.epilogue = product_epilogue(NULL, dx.accumulate);
    launch_sums(s, takes_vectors(s) ? &depthwise_data_vectors : &depthwise_data_reals, &arguments);
}

/* ---- The gradient of the filters ---- */

/* A thread sums one tap over a chunk of the lines of dy; the chunks are added afterwards. Threads
 * of a block with different taps read the same values, from the cache. */
typedef struct DepthwiseWeight {
    DepthwiseShape shape;
    int threads, vectors;
    int lines, chunk_lines; /* of dy, in all images */
    const real *x, *dy;
    real *parts; /* [chunks, channels, taps] */
} DepthwiseWeight;

/* The pixels [first, end) of a line of dy whose windows have tap kx inside the image. */
static GPU_DEVICE int first_inside(const DepthwiseShape *s, int kx) {
    return kx >= s->padding ? 0 : (s->padding - kx + s->stride - 1) / s->stride;
}

static GPU_DEVICE int end_inside(const DepthwiseShape *s, int kx) {
    const int room = s->width + s->padding - kx;
    const int end = room <= 0 ? 0 : (room + s->stride - 1) / s->stride;
    return end < s->out_width ? end : s->out_width;
}

static GPU_DEVICE void depthwise_weight(const int width, const DepthwiseWeight *a) {
    const DepthwiseShape *s = &a->shape;
    const int i = gpu_block() * DEPTHWISE_THREADS + gpu_thread();
    if (i >= a->threads) return;
    const int taps = s->kernel_height * s->kernel_width, above = i / a->vectors;
    const int tap = above % taps, chunk = above / taps, channel = i % a->vectors * width;
    const int ky = tap / s->kernel_width, kx = tap % s->kernel_width;
    const int first = first_inside(s, kx), end = end_inside(s, kx);
    const int last_line =
        (chunk + 1) * a->chunk_lines < a->lines ? (chunk + 1) * a->chunk_lines : a->lines;
    real sum[GPU_VECTOR];
    GPU_UNROLL
    for (int l = 0; l < width; l++) sum[l] = 0;
    for (int line = chunk * a->chunk_lines; line < last_line; line++) {
        const int y = line % s->out_height * s->stride + ky - s->padding;
        if (y < 0 || y >= s->height) continue;
        const int64_t x_line = ((int64_t)(line / s->out_height) * s->height + y) * s->width;
        for (int ox = first; ox < end; ox++) {
            const int64_t pixel = x_line + ox * s->stride + kx - s->padding;
            const GpuVector x = load_channels(width, a->x + pixel * s->channels + channel);
            const GpuVector dy = load_channels(
                width, a->dy + ((int64_t)line * s->out_width + ox) * s->channels + channel);
            GPU_UNROLL
            for (int l = 0; l < width; l++) sum[l] += x.lane[l] * dy.lane[l];
        }
    }
    real *to = a->parts + ((int64_t)chunk * s->channels + channel) * taps + tap;
    GPU_UNROLL
    for (int l = 0; l < width; l++) to[l * taps] = sum[l];
}

GPU_KERNEL(depthwise_weight_vectors, DEPTHWISE_THREADS, DepthwiseWeight) {
    depthwise_weight(GPU_VECTOR, a);
}

GPU_KERNEL(depthwise_weight_reals, DEPTHWISE_THREADS, DepthwiseWeight) {
    depthwise_weight(1, a);
}

typedef struct DepthwiseChunks {
    int64_t values, chunks;
    const real *parts; /* [chunks, values] */
    Gradient to;
} DepthwiseChunks;

GPU_KERNEL(depthwise_add_chunks, DEPTHWISE_THREADS, DepthwiseChunks) {
    const int64_t i = (int64_t)gpu_block() * DEPTHWISE_THREADS + gpu_thread();
    if (i >= a->values) return;
    real sum = 0;
    for (int64_t chunk = 0; chunk < a->chunks; chunk++) sum += a->parts[chunk * a->values + i];
    gradient_store(a->to, i, sum);
}

void gpu_depthwise_backward_weight(const Conv2dShape *s, const real *x, const real *dy,
                                   Gradient dweight) {
    const int64_t lines = s->batch * conv2d_out_height(s);
    const int64_t taps = s->kernel_height * s->kernel_width, values = taps * s->in;
    const int64_t chunk_lines = lines ? gpu_divide_up(lines, CHUNKS_MOST) : 1;
    const int64_t chunks = gpu_divide_up(lines, chunk_lines);
    const int64_t vectors = takes_vectors(s) ? s->in / GPU_VECTOR : s->in;
    Tensor parts = gpu_scratch(chunks ? chunks * values : 1);
    const DepthwiseWeight arguments = { depthwise_shape(s),
                                        product_int(chunks * taps * vectors),
                                        product_int(vectors),
                                        product_int(lines),
                                        product_int(chunk_lines),
                                        x,
                                        dy,
                                        parts.data };
    const DepthwiseChunks sum = { values, chunks, parts.data, dweight };
    gpu_launch(takes_vectors(s) ? &depthwise_weight_vectors : &depthwise_weight_reals,
               gpu_divide_up(arguments.threads, DEPTHWISE_THREADS), &arguments);
    gpu_launch(&depthwise_add_chunks, gpu_divide_up(values, DEPTHWISE_THREADS), &sum);
    tensor_release(&parts);
}
