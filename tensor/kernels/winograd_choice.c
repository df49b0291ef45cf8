/* winograd_choice.c - which convolutions Winograd's method serves. */
#include "tensor/device.h"
#include "tensor/kernels/winograd.h"
#include "tensor/kernels/winograd_panels.h"

bool winograd_can(const Conv2dShape *shape) {
    return shape->kernel_height == WINOGRAD_TAPS && shape->kernel_width == WINOGRAD_TAPS &&
           shape->stride == 1 && shape->padding < WINOGRAD_TAPS && shape->groups == 1 &&
           shape->batch > 0 && shape->in > 0 && shape->out > 0 && conv2d_out_height(shape) > 0 &&
           conv2d_out_width(shape) > 0;
}

/* Tiles of 4x4 results: pixels of y, or of dx. */
static int64_t tiles_of(const Conv2dShape *shape, WinogradPass pass) {
    const bool data = pass == WINOGRAD_BACKWARD_DATA;
    const int64_t height = data ? shape->height : conv2d_out_height(shape);
    const int64_t width = data ? shape->width : conv2d_out_width(shape);
    return shape->batch * divide_up(height, WINOGRAD_OUTPUTS) * divide_up(width, WINOGRAD_OUTPUTS);
}

int64_t winograd_multiply_adds(const Conv2dShape *shape, WinogradPass pass) {
    return WINOGRAD_POSITIONS * tiles_of(shape, pass) * shape->in * shape->out;
}

/* The cost of the transforms, in multiply-adds of a matrix product that take as long: measured on
 * two cores with AVX-512. Channels are transformed in whole vectors, so the unused lanes of the
 * last one count. */
enum {
    TILE_CHANNEL = 200,   /* a channel of a tile, into 36 values or out of them */
    FILTER = 400,         /* a filter of one channel, into 36 values */
    FILTER_GRADIENT = 500 /* out of them, and kept */
};

bool winograd_should(const Conv2dShape *shape, WinogradPass pass) {
    if (!winograd_can(shape) || !device_cpu_may_round_products()) return false;
    const int64_t tiles = tiles_of(shape, pass);
    const int64_t in = whole_vectors(shape->in), out = whole_vectors(shape->out);
    const bool data = pass == WINOGRAD_BACKWARD_DATA;
    const int64_t pixels =
        shape->batch *
        (data ? shape->height * shape->width : conv2d_out_height(shape) * conv2d_out_width(shape));
    const int64_t direct = pixels * WINOGRAD_TAPS * WINOGRAD_TAPS * shape->in * shape->out;
    const int64_t filter = pass == WINOGRAD_BACKWARD_WEIGHT ? FILTER_GRADIENT : FILTER;
    return winograd_multiply_adds(shape, pass) + TILE_CHANNEL * tiles * (in + out) +
               filter * in * out <
           direct;
}
