/* The gradient of a convolution's bias: dbias[o] = sum of dy over all pixels. Pixels are added 64
 * at a time, then those sums 64 at a time, until one is left: every pass keeps thousands of threads
 * busy, and all but the first read 1/64 of what the one before did. */
#include "cuda/gpu_conv2d.h"
#include "cuda/gpu.h"

enum { BIAS_ROWS = 64, BIAS_THREADS = 128 };

typedef struct Conv2dBias {
    int64_t rows, channels, chunks;
    const real *from; /* [rows, channels] */
    Gradient to;      /* [chunks, channels] */
} Conv2dBias;

GPU_KERNEL(conv2d_bias_add_rows, BIAS_THREADS, Conv2dBias) {
    const int64_t i = (int64_t)gpu_block() * BIAS_THREADS + gpu_thread();
    if (i >= a->chunks * a->channels) return;
    const int64_t chunk = i / a->channels, channel = i % a->channels, first = chunk * BIAS_ROWS;
    const int64_t end = first + BIAS_ROWS < a->rows ? first + BIAS_ROWS : a->rows;
    real sum = 0;
    for (int64_t row = first; row < end; row++) sum += a->from[row * a->channels + channel];
    gradient_store(a->to, i, sum);
}

void gpu_conv2d_backward_bias(const Conv2dShape *shape, const real *dy, Gradient dbias) {
    int64_t rows = shape->batch * conv2d_out_height(shape) * conv2d_out_width(shape);
    const int64_t channels = shape->out;
    Tensor sums = { { 0, { 0 } }, NULL, NULL };
    if (!dbias.data) return;
    for (bool last = false; !last;) {
        const int64_t chunks = rows > BIAS_ROWS ? gpu_divide_up(rows, BIAS_ROWS) : 1;
        last = chunks == 1;
        Tensor next = gpu_scratch(last ? 1 : chunks * channels);
        const Gradient partial = { next.data, false };
        const Conv2dBias arguments = { rows, channels, chunks, sums.data ? sums.data : dy,
                                       last ? dbias : partial };
        gpu_launch(&conv2d_bias_add_rows, gpu_divide_up(chunks * channels, BIAS_THREADS),
                   &arguments);
        tensor_release(&sums);
        sums = next;
        rows = chunks;
    }
    tensor_release(&sums);
}
