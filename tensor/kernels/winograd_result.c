/* winograd_result.c - transforms products into pixels and stores them. */
#include "tensor/kernels/winograd_result.h"

/* One vector of channels of one pixel, `count` of them if fewer than a vector. */
static inline void store_output(const TiledResult *result, real *pixel, int64_t channel,
                                int64_t count, Vector value) {
    if (count >= VECTOR_LANES) {
        if (result->bias) value += vector_load(result->bias + channel);
        if (result->accumulate) value += vector_load(pixel + channel);
        vector_store(pixel + channel, value);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        real element = value[i];
        if (result->bias) element += result->bias[channel + i];
        if (result->accumulate) element += pixel[channel + i];
        pixel[channel + i] = element;
    }
}

/* The pixels of a tile; NULL outside the image. */
typedef struct OutputTile {
    const TiledResult *result;
    real *pixel[WINOGRAD_OUTPUTS * WINOGRAD_OUTPUTS];
    int64_t channel;
} OutputTile;

WINOGRAD_INLINE Vector load_product(const void *source, int position) {
    return vector_load((const real *)source + position * GEMM_COLUMNS);
}

WINOGRAD_INLINE void store_pixel(const void *sink, int i, Vector value) {
    const OutputTile *tile = sink;
    if (tile->pixel[i])
        store_output(tile->result, tile->pixel[i], tile->channel,
                     tile->result->channels - tile->channel, value);
}

static OutputTile output_tile(const TiledResult *result, int64_t tile) {
    const int64_t line = tile / result->tiles_x, n = line / result->tiles_y;
    const int64_t top = line % result->tiles_y * WINOGRAD_OUTPUTS;
    const int64_t left = tile % result->tiles_x * WINOGRAD_OUTPUTS;
    OutputTile pixels = { .result = result };
    for (int64_t y = 0; y < WINOGRAD_OUTPUTS && top + y < result->height; y++)
        for (int64_t x = 0; x < WINOGRAD_OUTPUTS && left + x < result->width; x++)
            pixels.pixel[y * WINOGRAD_OUTPUTS + x] =
                result->pixels +
                ((n * result->height + top + y) * result->width + left + x) * result->channels;
    return pixels;
}

void winograd_write(const TiledResult *result, int64_t first, int64_t tiles, int64_t channel,
                    int64_t count, const real *products) {
    for (int64_t t = 0; t < tiles; t++) {
        OutputTile tile = output_tile(result, first + t);
        for (int64_t j = 0; j < count; j += VECTOR_LANES) {
            tile.channel = channel + j;
            transform_square(winograd_output, WINOGRAD_WINDOW, WINOGRAD_OUTPUTS, load_product,
                             products + t * WINOGRAD_POSITIONS * GEMM_COLUMNS + j, store_pixel,
                             &tile);
        }
    }
}

void winograd_finish(const TiledResult *result, int64_t first, int64_t tiles, int64_t channel,
                     int64_t count) {
    for (int64_t t = 0; result->epilogue && t < tiles; t++) {
        const OutputTile tile = output_tile(result, first + t);
        for (int i = 0; i < WINOGRAD_OUTPUTS * WINOGRAD_OUTPUTS; i++)
            if (tile.pixel[i]) epilogue_apply(result->epilogue, tile.pixel[i] + channel, count);
    }
}
