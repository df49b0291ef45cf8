/* winograd_result.h - the output transform: from products at 36 positions to pixels. */
#ifndef TENSOR_WINOGRAD_RESULT_H
#define TENSOR_WINOGRAD_RESULT_H

#include "tensor/kernels/epilogue.h"
#include "tensor/kernels/winograd_transform.h"

typedef struct TiledResult {
    real *pixels; /* [batch,height,width,channels] */
    int64_t height, width, channels;
    int64_t tiles_y, tiles_x; /* per image */
    const real *bias;         /* [channels] or NULL */
    bool accumulate;
    const Epilogue *epilogue; /* or NULL */
} TiledResult;

/* Channels [channel, channel + count) of tiles [first, first + tiles), from
 * products[tile][position][GEMM_COLUMNS], of whose columns count may be fewer. */
void winograd_write(const TiledResult *result, int64_t first, int64_t tiles, int64_t channel,
                    int64_t count, const real *products);

/* Applies the epilogue to the same channels, which are complete. */
void winograd_finish(const TiledResult *result, int64_t first, int64_t tiles, int64_t channel,
                     int64_t count);

#endif
