#include "tensor/winograd_panels.h"
#include "tensor/vector_transpose.h"

enum { CACHE_LINE_REALS = 64 / sizeof(real) };

PositionLayout winograd_left_layout(int64_t depth) {
    const int64_t beside = GEMM_ROW_STRIDE / depth;
    const int64_t rows = (WINOGRAD_POSITIONS + beside - 1) / beside;
    PositionLayout layout = { .panel = rows * GEMM_ROWS * GEMM_ROW_STRIDE };
    for (int p = 0; p < WINOGRAD_POSITIONS; p++)
        layout.offset[p] = p / beside * GEMM_ROWS * GEMM_ROW_STRIDE + p % beside * depth;
    return layout;
}

PositionLayout winograd_right_layout(int64_t depth) {
    const int64_t position = depth * GEMM_COLUMNS + CACHE_LINE_REALS;
    PositionLayout layout = { .panel = WINOGRAD_POSITIONS * position };
    for (int p = 0; p < WINOGRAD_POSITIONS; p++) layout.offset[p] = p * position;
    return layout;
}

/* Where the pixels of a tile begin, in row order. */
static void locate_pixels(const TiledImage *image, int64_t tile, const real **pixel) {
    const int64_t line = tile / image->tiles_x, n = line / image->tiles_y;
    const int64_t top = line % image->tiles_y * WINOGRAD_OUTPUTS + image->origin;
    const int64_t left = tile % image->tiles_x * WINOGRAD_OUTPUTS + image->origin;
    for (int64_t y = top; y < top + image->size; y++)
        for (int64_t x = left; x < left + image->size; x++) {
            const bool inside =
                n < image->batch && y >= 0 && y < image->height && x >= 0 && x < image->width;
            *pixel++ = inside ? image->pixels +
                                    ((n * image->height + y) * image->width + x) * image->channels
                              : image->zeros;
        }
}

/* One vector of channels of a tile's pixels. */
typedef struct Source {
    const real *const *pixel;
    int64_t channel, count; /* so many channels are left; 0 or less: none */
} Source;

WINOGRAD_INLINE Vector load_whole(const void *source, int element) {
    const Source *from = source;
    return vector_load(from->pixel[element] + from->channel);
}

WINOGRAD_INLINE Vector load_part(const void *source, int element) {
    const Source *from = source;
    return vector_load_part(from->pixel[element] + from->channel, from->count);
}

/* The same place of every position. */
typedef struct Sink {
    real *to;
    const int64_t *offset;
} Sink;

WINOGRAD_INLINE void store_positions(const void *sink, int position, Vector value) {
    const Sink *to = sink;
    vector_store(to->to + to->offset[position], value);
}

static void image_vector(const Source *from, const Sink *to) {
    if (from->count >= VECTOR_LANES)
        transform_square(winograd_image, WINOGRAD_WINDOW, WINOGRAD_WINDOW, load_whole, from,
                         store_positions, to);
    else
        transform_square(winograd_image, WINOGRAD_WINDOW, WINOGRAD_WINDOW, load_part, from,
                         store_positions, to);
}

static void gradient_vector(const Source *from, const Sink *to) {
    if (from->count >= VECTOR_LANES)
        transform_square(winograd_output_adjoint, WINOGRAD_OUTPUTS, WINOGRAD_WINDOW, load_whole,
                         from, store_positions, to);
    else
        transform_square(winograd_output_adjoint, WINOGRAD_OUTPUTS, WINOGRAD_WINDOW, load_part,
                         from, store_positions, to);
}

void winograd_image_left(const TiledImage *image, int64_t first_tile, int64_t first_row,
                         int64_t rows, int64_t first_channel, int64_t depth,
                         const PositionLayout *layout, real *panels) {
    const real *pixel[WINOGRAD_POSITIONS];
    for (int64_t row = first_row; row < first_row + rows; row++) {
        locate_pixels(image, first_tile + row, pixel);
        real *to = panels + row / GEMM_ROWS * layout->panel + row % GEMM_ROWS * GEMM_ROW_STRIDE;
        for (int64_t k = 0; k < depth; k += VECTOR_LANES) {
            const int64_t channel = first_channel + k;
            image_vector(&(Source){ pixel, channel, image->channels - channel },
                         &(Sink){ to + k, layout->offset });
        }
    }
}

void winograd_image_right(const TiledImage *image, int64_t first_tile, int64_t first, int64_t end,
                          int64_t channel, int64_t channel_end, const PositionLayout *layout,
                          real *panels) {
    const real *pixel[WINOGRAD_POSITIONS];
    for (int64_t k = first; k < end; k++) {
        locate_pixels(image, first_tile + k, pixel);
        for (int64_t c = channel; c < channel_end; c += VECTOR_LANES) {
            real *to = panels + c / GEMM_COLUMNS * layout->panel + k * GEMM_COLUMNS;
            image_vector(&(Source){ pixel, c, image->channels - c },
                         &(Sink){ to + c % GEMM_COLUMNS, layout->offset });
        }
    }
}

/* A vector of tiles for each of a vector of channels, at each position: from [tile][position]
 * vectors of channels. */
static void turn_positions(const real *tiles, int64_t first, int64_t channel, int64_t channel_end,
                           const PositionLayout *layout, real *panels) {
    real *row[VECTOR_LANES] = { 0 };
    const int64_t rows =
        channel_end - channel < VECTOR_LANES ? channel_end - channel : VECTOR_LANES;
    for (int64_t r = 0; r < rows; r++)
        row[r] = panels + (channel + r) / GEMM_ROWS * layout->panel +
                 (channel + r) % GEMM_ROWS * GEMM_ROW_STRIDE + first;
    for (int p = 0; p < WINOGRAD_POSITIONS; p++) {
        Vector square[VECTOR_LANES];
        for (int t = 0; t < VECTOR_LANES; t++)
            square[t] = vector_load(tiles + (t * WINOGRAD_POSITIONS + p) * VECTOR_LANES);
        vector_transpose(square);
        if (rows == VECTOR_LANES)
            for (int r = 0; r < VECTOR_LANES; r++)
                vector_store(row[r] + layout->offset[p], square[r]);
        else
            for (int64_t r = 0; r < rows; r++) vector_store(row[r] + layout->offset[p], square[r]);
    }
}

void winograd_gradient_left(const TiledImage *image, int64_t first_tile, int64_t first,
                            int64_t channel, int64_t channel_end, const PositionLayout *layout,
                            real *panels) {
    enum { OUTPUTS = WINOGRAD_OUTPUTS * WINOGRAD_OUTPUTS };
    const real *pixel[VECTOR_LANES][OUTPUTS];
    _Alignas(VECTOR_BYTES) real tiles[VECTOR_LANES * WINOGRAD_POSITIONS * VECTOR_LANES];
    int64_t offset[WINOGRAD_POSITIONS];
    for (int p = 0; p < WINOGRAD_POSITIONS; p++) offset[p] = p * VECTOR_LANES;
    for (int t = 0; t < VECTOR_LANES; t++) locate_pixels(image, first_tile + first + t, pixel[t]);
    for (int64_t c = channel; c < channel_end; c += VECTOR_LANES) {
        for (int t = 0; t < VECTOR_LANES; t++)
            gradient_vector(&(Source){ pixel[t], c, image->channels - c },
                            &(Sink){ tiles + t * WINOGRAD_POSITIONS * VECTOR_LANES, offset });
        turn_positions(tiles, first, c, channel_end, layout, panels);
    }
}
