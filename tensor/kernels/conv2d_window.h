/* conv2d_window.h - the windows of an image as a matrix (im2col) that is never built.
 *
 * Row (n * rows_y + py) * rows_x + px holds the window that begins at
 * (origin_y + py * stride, origin_x + px * stride) of image n, as taps_y x taps_x x channels
 * values in that order; pixels outside the image are 0. A window holds `channels` channels from
 * first_channel on, so a group of a grouped convolution is a window too.
 */
#ifndef TENSOR_CONV2D_WINDOW_H
#define TENSOR_CONV2D_WINDOW_H

#include "tensor/kernels/gemm.h"

typedef struct Window {
    const real *image; /* [batch,height,width,pixel_channels] */
    int64_t height, width, pixel_channels;
    int64_t first_channel, channels;
    int64_t taps_y, taps_x;
    int64_t rows_y, rows_x;
    int64_t origin_y, origin_x, stride;
} Window;

/* The window matrix as the left factor [rows, values] or the right factor [depth = rows, columns =
 * values]. The struct must outlive the call of gemm_run. */
GemmLeft window_left(const Window *window);
GemmRight window_right(const Window *window);

#endif
