/* winograd_convolution.h - inputs and outputs of a convolution in Winograd's form, forward or for
 * the gradient of the image. */
#ifndef TENSOR_WINOGRAD_CONVOLUTION_H
#define TENSOR_WINOGRAD_CONVOLUTION_H

#include "tensor/kernels/winograd_filters.h"
#include "tensor/kernels/winograd_result.h"

typedef struct WinogradConvolution {
    TiledImage image;
    WinogradFilters filters;
    TiledResult result;
    int64_t tiles;
    bool large; /* worth waking other threads for */
} WinogradConvolution;

/* Whether it has so few tiles that winograd_run_few can compute it and is faster. */
bool winograd_is_few(const WinogradConvolution *conv);

void winograd_run_few(const WinogradConvolution *conv);

#endif
