/* Products and convolutions straight from their definitions. Each multiply-add loads two reals, 4
 * bytes per operation, and most of the time goes into their addresses; a kernel of product_tile.h
 * loads 1/16 or 1/32 of a byte per operation. */
#include "cuda/product/product_naive.h"
#include "cuda/port/gpu.h"

enum { NAIVE_THREADS = 128 };

static GPU_DEVICE int64_t naive_index(void) {
    return (int64_t)gpu_block() * NAIVE_THREADS + gpu_thread();
}

/* ---- Matrices ---- */

typedef struct NaiveGemm {
    int64_t rows, columns, depth;
    GpuMatrix left, right;
    real *c;
    int64_t c_stride;
} NaiveGemm;

static GPU_DEVICE real element(const GpuMatrix *matrix, int64_t i, int64_t j) {
    return matrix->data[matrix->transposed ? j * matrix->stride + i : i * matrix->stride + j];
}

GPU_KERNEL(naive_gemm_elements, NAIVE_THREADS, NaiveGemm) {
    const int64_t row = naive_index() / a->columns, column = naive_index() % a->columns;
    if (row >= a->rows) return;
    real sum = 0;
    for (int64_t k = 0; k < a->depth; k++)
        sum += element(&a->left, row, k) * element(&a->right, k, column);
    a->c[row * a->c_stride + column] = sum;
}

void naive_gemm(int64_t rows, int64_t columns, int64_t depth, GpuMatrix left, GpuMatrix right,
                real *c, int64_t c_stride) {
    const NaiveGemm arguments = { rows, columns, depth, left, right, c, c_stride };
    gpu_launch(&naive_gemm_elements, gpu_divide_up(rows * columns, NAIVE_THREADS), &arguments);
}

/* ---- Convolutions ---- */

typedef struct NaiveConv2d {
    Conv2dShape shape;
    int64_t out_height, out_width, in, out; /* channels of one group */
    const real *x, *weight, *dy;
    real *to;
} NaiveConv2d;

static GPU_DEVICE bool is_inside(int64_t at, int64_t size) {
    return at >= 0 && at < size;
}

/* x [n,y,x,channel], y [n,oy,ox,o], w [o,ky,kx,i]. */
static GPU_DEVICE int64_t at_image(const NaiveConv2d *a, int64_t n, int64_t y, int64_t x,
                                   int64_t channel) {
    return ((n * a->shape.height + y) * a->shape.width + x) * a->shape.in + channel;
}

static GPU_DEVICE int64_t at_output(const NaiveConv2d *a, int64_t n, int64_t oy, int64_t ox,
                                    int64_t o) {
    return ((n * a->out_height + oy) * a->out_width + ox) * a->shape.out + o;
}

static GPU_DEVICE int64_t at_weight(const NaiveConv2d *a, int64_t o, int64_t ky, int64_t kx,
                                    int64_t i) {
    return ((o * a->shape.kernel_height + ky) * a->shape.kernel_width + kx) * a->in + i;
}

GPU_KERNEL(naive_conv2d_outputs, NAIVE_THREADS, NaiveConv2d) {
    const Conv2dShape *s = &a->shape;
    const int64_t at = naive_index(), o = at % s->out, pixel = at / s->out;
    const int64_t ox = pixel % a->out_width, oy = pixel / a->out_width % a->out_height;
    const int64_t n = pixel / a->out_width / a->out_height, group = o / a->out;
    if (n >= s->batch) return;
    real sum = 0;
    for (int64_t ky = 0; ky < s->kernel_height; ky++)
        for (int64_t kx = 0; kx < s->kernel_width; kx++) {
            const int64_t y = oy * s->stride + ky - s->padding;
            const int64_t x = ox * s->stride + kx - s->padding;
            if (!is_inside(y, s->height) || !is_inside(x, s->width)) continue;
            for (int64_t i = 0; i < a->in; i++)
                sum += a->x[at_image(a, n, y, x, group * a->in + i)] *
                       a->weight[at_weight(a, o, ky, kx, i)];
        }
    a->to[at] = sum;
}

GPU_KERNEL(naive_conv2d_image_gradients, NAIVE_THREADS, NaiveConv2d) {
    const Conv2dShape *s = &a->shape;
    const int64_t at = naive_index(), channel = at % s->in, pixel = at / s->in;
    const int64_t x = pixel % s->width, y = pixel / s->width % s->height;
    const int64_t n = pixel / s->width / s->height, group = channel / a->in;
    if (n >= s->batch) return;
    real sum = 0;
    for (int64_t ky = 0; ky < s->kernel_height; ky++)
        for (int64_t kx = 0; kx < s->kernel_width; kx++) {
            const int64_t reach_y = y + s->padding - ky, reach_x = x + s->padding - kx;
            if (reach_y % s->stride || reach_x % s->stride) continue;
            const int64_t oy = reach_y / s->stride, ox = reach_x / s->stride;
            if (!is_inside(oy, a->out_height) || !is_inside(ox, a->out_width)) continue;
            for (int64_t o = group * a->out; o < (group + 1) * a->out; o++)
                sum += a->dy[at_output(a, n, oy, ox, o)] *
                       a->weight[at_weight(a, o, ky, kx, channel - group * a->in)];
        }
    a->to[at] = sum;
}

GPU_KERNEL(naive_conv2d_weight_gradients, NAIVE_THREADS, NaiveConv2d) {
    const Conv2dShape *s = &a->shape;
    const int64_t at = naive_index(), i = at % a->in, tap = at / a->in;
    const int64_t kx = tap % s->kernel_width, ky = tap / s->kernel_width % s->kernel_height;
    const int64_t o = tap / s->kernel_width / s->kernel_height, channel = o / a->out * a->in + i;
    if (o >= s->out) return;
    real sum = 0;
    for (int64_t n = 0; n < s->batch; n++)
        for (int64_t oy = 0; oy < a->out_height; oy++)
            for (int64_t ox = 0; ox < a->out_width; ox++) {
                const int64_t y = oy * s->stride + ky - s->padding;
                const int64_t x = ox * s->stride + kx - s->padding;
                if (!is_inside(y, s->height) || !is_inside(x, s->width)) continue;
                sum += a->dy[at_output(a, n, oy, ox, o)] * a->x[at_image(a, n, y, x, channel)];
            }
    a->to[at] = sum;
}

static void launch(GpuKernel *kernel, int64_t results, const Conv2dShape *s, const real *x,
                   const real *weight, const real *dy, real *to) {
    const NaiveConv2d arguments = { *s,
                                    conv2d_out_height(s),
                                    conv2d_out_width(s),
                                    s->in / s->groups,
                                    s->out / s->groups,
                                    x,
                                    weight,
                                    dy,
                                    to };
    gpu_launch(kernel, gpu_divide_up(results, NAIVE_THREADS), &arguments);
}

void naive_conv2d_forward(const Conv2dShape *s, const real *x, const real *weight, real *y) {
    launch(&naive_conv2d_outputs, s->batch * conv2d_out_height(s) * conv2d_out_width(s) * s->out, s,
           x, weight, NULL, y);
}

void naive_conv2d_backward_data(const Conv2dShape *s, const real *dy, const real *weight,
                                real *dx) {
    launch(&naive_conv2d_image_gradients, s->batch * s->height * s->width * s->in, s, NULL, weight,
           dy, dx);
}

void naive_conv2d_backward_weight(const Conv2dShape *s, const real *x, const real *dy,
                                  real *dweight) {
    launch(&naive_conv2d_weight_gradients,
           s->out * s->kernel_height * s->kernel_width * (s->in / s->groups), s, x, NULL, dy,
           dweight);
}
