/* conv_ladder.c - implementations of a 3x3 convolution, from naive to the library's. */
#include "bench/ladder.h"
#include "tensor/device.h"
#include "tensor/error.h"
#include "tensor/kernels/gemm.h"
#include "tensor/kernels/winograd.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* The channels of the image's pixel (y, x), NULL outside the image. */
static const real *pixel(const Conv2dShape *s, const real *image, int64_t y, int64_t x) {
    const bool inside = y >= 0 && y < s->height && x >= 0 && x < s->width;
    return inside ? image + (y * s->width + x) * s->in : NULL;
}

/* One output, by the definition. */
static real output(const Conv2dShape *s, const real *image, const real *filter, int64_t y,
                   int64_t x) {
    real sum = 0;
    for (int64_t tap = 0; tap < 9; tap++) {
        const real *from = pixel(s, image, y + tap / 3 - 1, x + tap % 3 - 1);
        for (int64_t i = 0; from && i < s->in; i++) sum += from[i] * filter[tap * s->in + i];
    }
    return sum;
}

static void naive(const Conv2dShape *s, const real *x, const real *weight, real *y) {
    const int64_t pixels = s->height * s->width;
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < s->batch * pixels; row++)
        for (int64_t o = 0; o < s->out; o++)
            y[row * s->out + o] =
                output(s, x + row / pixels * pixels * s->in, weight + o * 9 * s->in,
                       row % pixels / s->width, row % s->width);
}

/* The 3x3 window around a pixel, in order: a row of the im2col matrix. */
static void window(const Conv2dShape *s, const real *image, int64_t y, int64_t x, real *to) {
    for (int64_t tap = 0; tap < 9; tap++, to += s->in) {
        const real *from = pixel(s, image, y + tap / 3 - 1, x + tap % 3 - 1);
        if (from)
            vector_copy(to, from, s->in);
        else
            vector_clear(to, s->in);
    }
}

/* im2col: all windows are written out as a matrix, 9 times the image's size, and one matrix product
 * does the work (Chellapilla, Puri, Simard, 2006). */
static void im2col(const Conv2dShape *s, const real *x, const real *weight, real *y) {
    const int64_t pixels = s->height * s->width, rows = s->batch * pixels, depth = 9 * s->in;
    real *windows = malloc((size_t)(rows * depth) * sizeof *windows);
    if (!windows) memory_exhausted((size_t)(rows * depth) * sizeof *windows);
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; row++)
        window(s, x + row / pixels * pixels * s->in, row % pixels / s->width, row % s->width,
               windows + row * depth);
    gemm(rows, s->out, depth, gemm_matrix(windows, depth), gemm_transposed(weight, depth), y,
         s->out, false, NULL);
    free(windows);
}

/* The same product, but its panels are copied from the image when needed. */
static void implicit(const Conv2dShape *s, const real *x, const real *weight, real *y) {
    device_cpu()->round_products(false); /* not in Winograd's form */
    conv2d_forward(s, x, weight, NULL, y);
    device_cpu()->round_products(true);
}

/* The library's own: Winograd where it pays, with a quarter of the products. */
static void final(const Conv2dShape *s, const real *x, const real *weight, real *y) {
    winograd_forward(s, x, weight, NULL, NULL, y);
}

const ConvRung conv_ladder[] = {
    { "naive: every output by itself", naive },
    { "im2col: windows, then one product", im2col },
    { "implicit: windows straight into panels", implicit },
    { "final: in Winograd's form", final },
    { NULL, NULL },
};
