/* conv2d.c - convolution and its weight gradient as matrix products; see conv2d_kernels.h.
 *
 * With the matrix of windows X [pixels, kernel*I] of one group:
 *     y  = X w^T          [pixels, out]
 *     dw = dy^T X         [out, kernel*I]
 */
#include "tensor/integer.h"
#include "tensor/kernels/conv2d_kernels.h"
#include "tensor/kernels/conv2d_window.h"
#include "tensor/kernels/depthwise.h"
#include "tensor/kernels/winograd.h"
#include "tensor/parallel.h"
#include "tensor/workspace.h"

static int64_t out_pixels(const Conv2dShape *shape) {
    return shape->batch * conv2d_out_height(shape) * conv2d_out_width(shape);
}

/* The windows of x that group g multiplies. */
static Window group_window(const Conv2dShape *shape, const real *x, int64_t g) {
    const int64_t channels = shape->in / shape->groups;
    return (Window){ .image = x,
                     .height = shape->height,
                     .width = shape->width,
                     .pixel_channels = shape->in,
                     .first_channel = g * channels,
                     .channels = channels,
                     .taps_y = shape->kernel_height,
                     .taps_x = shape->kernel_width,
                     .rows_y = conv2d_out_height(shape),
                     .rows_x = conv2d_out_width(shape),
                     .origin_y = -shape->padding,
                     .origin_x = -shape->padding,
                     .stride = shape->stride };
}

void conv2d_forward(const Conv2dShape *shape, const real *x, const real *weight, const real *bias,
                    real *y) {
    conv2d_forward_then(shape, x, weight, bias, NULL, y);
}

void conv2d_forward_then(const Conv2dShape *shape, const real *x, const real *weight,
                         const real *bias, const Epilogue *epilogue, real *y) {
    if (conv2d_is_depthwise(shape)) {
        depthwise_forward(shape, x, weight, bias, epilogue, y);
        return;
    }
    if (winograd_should(shape, WINOGRAD_FORWARD)) {
        winograd_forward(shape, x, weight, bias, epilogue, y);
        return;
    }
    const int64_t out = shape->out / shape->groups;
    const int64_t depth = shape->kernel_height * shape->kernel_width * (shape->in / shape->groups);
    for (int64_t g = 0; g < shape->groups; g++) {
        const Window window = group_window(shape, x, g);
        const GemmMatrix filters = gemm_transposed(weight + g * out * depth, depth);
        const GemmOutput output = { y + g * out, shape->out };
        gemm_run(&(Gemm){ .rows = out_pixels(shape),
                          .columns = out,
                          .depth = depth,
                          .left = window_left(&window),
                          .right = gemm_right(&filters),
                          .result = gemm_result(&output),
                          .bias = bias ? bias + g * out : NULL,
                          .epilogue = epilogue });
    }
}

void conv2d_backward_weight(const Conv2dShape *shape, const real *x, const real *dy, real *dweight,
                            bool accumulate) {
    if (conv2d_is_depthwise(shape)) {
        depthwise_backward_weight(shape, x, dy, dweight, accumulate);
        return;
    }
    if (winograd_should(shape, WINOGRAD_BACKWARD_WEIGHT)) {
        winograd_backward_weight(shape, x, dy, dweight, accumulate);
        return;
    }
    const int64_t out = shape->out / shape->groups;
    const int64_t values = shape->kernel_height * shape->kernel_width * (shape->in / shape->groups);
    for (int64_t g = 0; g < shape->groups; g++) {
        const Window window = group_window(shape, x, g);
        const GemmMatrix gradient = gemm_transposed(dy + g * out, shape->out);
        const GemmOutput output = { dweight + g * out * values, values };
        gemm_run(&(Gemm){ .rows = out,
                          .columns = values,
                          .depth = out_pixels(shape),
                          .left = gemm_left(&gradient),
                          .right = window_right(&window),
                          .result = gemm_result(&output),
                          .accumulate = accumulate });
    }
}

/* Rows of dy that are added in sequence; the sums of such chunks are added pairwise. */
enum { BIAS_CHUNK_ROWS = 256 };

void conv2d_backward_bias(const Conv2dShape *shape, const real *dy, real *dbias, bool accumulate) {
    const int64_t pixels = out_pixels(shape), out = shape->out;
    const int64_t chunks = divide_up(pixels, BIAS_CHUNK_ROWS);
    real *partial = workspace_reals(WORKSPACE_CONV2D, chunks * out);
#pragma omp parallel for schedule(static) if (parallel_pays_from(chunks, 9))
    for (int64_t i = 0; i < chunks; i++) {
        const int64_t first = i * BIAS_CHUNK_ROWS;
        const int64_t end = smaller(first + BIAS_CHUNK_ROWS, pixels);
        vector_clear(partial + i * out, out);
        for (int64_t row = first; row < end; row++)
            vector_add(partial + i * out, dy + row * out, out);
    }
    for (int64_t half = 1; half < chunks; half *= 2)
        for (int64_t i = 0; i + half < chunks; i += 2 * half)
            vector_add(partial + i * out, partial + (i + half) * out, out);
    if (!accumulate) vector_clear(dbias, out);
    if (chunks) vector_add(dbias, partial, out);
}
