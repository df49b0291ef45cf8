/* winograd_panels.c - loads tiles of an image, transforms them and stores them in panels. */
#include "tensor/kernels/winograd_panels.h"

PositionLayout winograd_row_layout(int64_t depth) {
    const int64_t beside = GEMM_ROW_STRIDE / depth;
    const int64_t rows = divide_up(WINOGRAD_POSITIONS, beside);
    PositionLayout layout = { .panel = rows * GEMM_ROWS * GEMM_ROW_STRIDE };
    for (int p = 0; p < WINOGRAD_POSITIONS; p++)
        layout.offset[p] = p / beside * GEMM_ROWS * GEMM_ROW_STRIDE + p % beside * depth;
    return layout;
}

/* Positions of so many reals, in sequence, an odd number of cache lines apart. */
static PositionLayout layout_of(int64_t reals) {
    const int64_t lines = divide_up(reals, CACHE_LINE_REALS) | 1;
    PositionLayout layout = { .panel = WINOGRAD_POSITIONS * lines * CACHE_LINE_REALS };
    for (int p = 0; p < WINOGRAD_POSITIONS; p++) layout.offset[p] = p * lines * CACHE_LINE_REALS;
    return layout;
}

PositionLayout winograd_depth_layout(int64_t depth) {
    return layout_of(depth * GEMM_ROWS + VECTOR_LANES);
}

PositionLayout winograd_right_layout(int64_t depth) {
    return layout_of(depth * GEMM_COLUMNS);
}

/* The addresses of a tile's pixels, in row order. */
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

/* The same offset in the matrices of all positions. */
typedef struct Sink {
    real *to;
    const int64_t *offset;
    int64_t count; /* of a vector's elements, where not all are stored */
} Sink;

WINOGRAD_INLINE void store_positions(const void *sink, int position, Vector value) {
    const Sink *to = sink;
    vector_store(to->to + to->offset[position], value);
}

WINOGRAD_INLINE void store_part(const void *sink, int position, Vector value) {
    const Sink *to = sink;
    for (int64_t i = 0; i < to->count; i++) to->to[to->offset[position] + i] = value[i];
}

static void image_vector(const Source *from, const Sink *to) {
    if (from->count >= VECTOR_LANES)
        transform_square(winograd_image, WINOGRAD_WINDOW, WINOGRAD_WINDOW, load_whole, from,
                         store_positions, to);
    else
        transform_square(winograd_image, WINOGRAD_WINDOW, WINOGRAD_WINDOW, load_part, from,
                         store_positions, to);
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
                         &(Sink){ to + k, layout->offset, VECTOR_LANES });
        }
    }
}

typedef struct NumberSink {
    real *to;
    int64_t row, step;
} NumberSink;

WINOGRAD_INLINE void store_numbers(const void *sink, int position, Vector value) {
    const NumberSink *to = sink;
    value *=
        winograd_scale(position / WINOGRAD_WINDOW) * winograd_scale(position % WINOGRAD_WINDOW);
    real *first = to->to + position / WINOGRAD_WINDOW * to->row + position % WINOGRAD_WINDOW;
    for (int i = 0; i < VECTOR_LANES; i++) first[i * to->step] = value[i];
}

void winograd_image_numbers(const TiledImage *image, int64_t tile, int64_t first_channel,
                            int64_t depth, int64_t row, int64_t step, real *to) {
    const real *pixel[WINOGRAD_POSITIONS];
    locate_pixels(image, tile, pixel);
    for (int64_t k = 0; k < depth; k += VECTOR_LANES) {
        const int64_t channel = first_channel + k;
        transform_square(winograd_image, WINOGRAD_WINDOW, WINOGRAD_WINDOW, load_part,
                         &(Source){ pixel, channel, image->channels - channel }, store_numbers,
                         &(NumberSink){ to + k * step, row, step });
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
                         &(Sink){ to + c % GEMM_COLUMNS, layout->offset, VECTOR_LANES });
        }
    }
}

/* A whole vector may write past the end of a panel's row of channels, into the row of the next
 * depth or behind the last one; not where another thread writes that row. */
static void gradient_vector(const Source *from, const Sink *to, bool whole) {
    if (from->count >= VECTOR_LANES && whole)
        transform_square(winograd_output_adjoint, WINOGRAD_OUTPUTS, WINOGRAD_WINDOW, load_whole,
                         from, store_positions, to);
    else
        transform_square(winograd_output_adjoint, WINOGRAD_OUTPUTS, WINOGRAD_WINDOW, load_part,
                         from, store_part, to);
}

void winograd_gradient_left(const TiledImage *image, int64_t first_tile, int64_t depth,
                            int64_t first, int64_t end, int64_t panel, int64_t panel_end,
                            const PositionLayout *layout, real *panels) {
    const real *pixel[WINOGRAD_OUTPUTS * WINOGRAD_OUTPUTS];
    for (int64_t k = first; k < end; k++) {
        locate_pixels(image, first_tile + k, pixel);
        for (int64_t i = panel; i < panel_end; i++)
            for (int64_t r = 0; r < GEMM_ROWS; r += VECTOR_LANES) {
                const int64_t c = i * GEMM_ROWS + r;
                real *to = panels + i * layout->panel + k * GEMM_ROWS + r;
                gradient_vector(&(Source){ pixel, c, image->channels - c },
                                &(Sink){ to, layout->offset, smaller(GEMM_ROWS - r, VECTOR_LANES) },
                                k < end - 1 || end == depth);
            }
    }
}
