/* winograd_convolution.h - a convolution in Winograd's form, forward or to the gradient of the
 * image: what is read, and what is written. */
#ifndef TENSOR_WINOGRAD_CONVOLUTION_H
#define TENSOR_WINOGRAD_CONVOLUTION_H

#include "tensor/winograd_filters.h"
#include "tensor/winograd_result.h"

typedef struct WinogradConvolution {
    TiledImage image;
    WinogradFilters filters;
    TiledResult result;
    int64_t tiles;
    bool large; /* worth waking other threads for */
} WinogradConvolution;

#endif
