/* conv2d_window.c - copies windows of an image into the micro-kernel's panels. */
#include "tensor/kernels/conv2d_window.h"
#include "tensor/integer.h"

/* Where one row of the matrix begins: image n at pixel (y, x). */
typedef struct Place {
    int64_t n, py, px;
} Place;

static Place place_of_row(const Window *window, int64_t row) {
    const int64_t line = row / window->rows_x;
    return (Place){ line / window->rows_y, line % window->rows_y, row % window->rows_x };
}

static void next_place(const Window *window, Place *place) {
    if (++place->px < window->rows_x) return;
    place->px = 0;
    if (++place->py < window->rows_y) return;
    place->py = 0;
    place->n++;
}

/* Values [first, end) of one line of taps, whose pixels are all on `line` (NULL: outside the image)
 * and whose first tap is at column x. With all channels, the taps inside the image are contiguous
 * in memory. */
static void copy_whole_line(const Window *window, const real *line, int64_t x, int64_t first,
                            int64_t end, real *to) {
    const int64_t c = window->channels;
    const int64_t inside = line ? smaller(end, larger(first, -x * c)) : end;
    const int64_t outside = larger(inside, smaller(end, (window->width - x) * c));
    vector_clear(to, inside - first);
    if (outside > inside && line)
        vector_copy(to + inside - first, line + x * c + inside, outside - inside);
    vector_clear(to + outside - first, end - outside);
}

/* The same for a group, which reads some channels of each pixel: one copy per tap. */
static void copy_group_line(const Window *window, const real *line, int64_t x, int64_t first,
                            int64_t end, real *to) {
    const int64_t c = window->channels;
    while (first < end) {
        const int64_t tap = first / c, channel = first % c;
        const int64_t count = smaller(c - channel, end - first);
        if (line && x + tap >= 0 && x + tap < window->width)
            vector_copy(to,
                        line + (x + tap) * window->pixel_channels + window->first_channel + channel,
                        count);
        else
            vector_clear(to, count);
        to += count;
        first += count;
    }
}

/* Values of a row: [first, end), of which the first lies on line `tap` of taps. */
typedef struct Range {
    int64_t first, end, tap;
} Range;

/* Those of the row at `place`. */
static void copy_values(const Window *window, const Place *place, const Range *range, real *to) {
    const int64_t c = window->channels, run = window->taps_x * c;
    const int64_t line_values = window->width * window->pixel_channels;
    const int64_t x = window->origin_x + place->px * window->stride;
    const int64_t top = window->origin_y + place->py * window->stride;
    const real *image = window->image + place->n * window->height * line_values;
    const bool whole = c == window->pixel_channels;
    const bool inside = whole && x >= 0 && x + window->taps_x <= window->width;
    int64_t first = range->first;
    for (int64_t tap = range->tap, start = tap * run; first < range->end; tap++, start += run) {
        const int64_t y = top + tap, stop = smaller(range->end, start + run);
        const real *line = y < 0 || y >= window->height ? NULL : image + y * line_values;
        if (line && inside)
            vector_copy(to, line + x * c + first - start, stop - first);
        else if (whole)
            copy_whole_line(window, line, x, first - start, stop - start, to);
        else
            copy_group_line(window, line, x, first - start, stop - start, to);
        to += stop - first;
        first = stop;
    }
}

/* Values [first, first + count) of the rows from first_row on, `distance` apart. */
static void copy_rows(const Window *window, int64_t first_row, int64_t rows, int64_t first,
                      int64_t count, int64_t distance, real *to) {
    const Range range = { first, first + count, first / (window->taps_x * window->channels) };
    Place place = place_of_row(window, first_row);
    for (int64_t r = 0; r < rows; r++, next_place(window, &place), to += distance)
        copy_values(window, &place, &range, to);
}

static void pack_left(const void *matrix, int64_t first_row, int64_t rows, int64_t first_depth,
                      int64_t depth, real *panel) {
    copy_rows(matrix, first_row, rows, first_depth, depth, GEMM_ROW_STRIDE, panel);
}

static void pack_right(const void *matrix, int64_t first_depth, int64_t depth, int64_t first_column,
                       int64_t columns, real *panel) {
    copy_rows(matrix, first_depth, depth, first_column, columns, GEMM_COLUMNS, panel);
}

/* With windows of one tap at every pixel, the image is the matrix. */
static bool is_image(const Window *window) {
    return window->taps_y == 1 && window->taps_x == 1 && window->stride == 1 &&
           window->origin_y == 0 && window->origin_x == 0 && window->rows_y == window->height &&
           window->rows_x == window->width;
}

static GemmMatrix image_matrix(const Window *window) {
    return gemm_matrix(window->image + window->first_channel, window->pixel_channels);
}

static void pack_image_left(const void *matrix, int64_t first_row, int64_t rows,
                            int64_t first_depth, int64_t depth, real *panel) {
    const GemmMatrix image = image_matrix(matrix);
    gemm_left(&image).pack(&image, first_row, rows, first_depth, depth, panel);
}

static void pack_image_right(const void *matrix, int64_t first_depth, int64_t depth,
                             int64_t first_column, int64_t columns, real *panel) {
    const GemmMatrix image = image_matrix(matrix);
    gemm_right(&image).pack(&image, first_depth, depth, first_column, columns, panel);
}

GemmLeft window_left(const Window *window) {
    return (GemmLeft){ window, is_image(window) ? pack_image_left : pack_left, false };
}

GemmRight window_right(const Window *window) {
    return (GemmRight){ .matrix = window,
                        .pack = is_image(window) ? pack_image_right : pack_right };
}
