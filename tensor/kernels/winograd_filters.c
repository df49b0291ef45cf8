/* winograd_filters.c - loads, rotates and transforms filters into panels. */
#include "tensor/kernels/winograd_filters.h"
#include "tensor/kernels/vector_transpose.h"

enum { LAST_TAP = WINOGRAD_FILTER_TAPS - 1 };

typedef struct Taps {
    const real *first;
    int64_t distance, count; /* between taps (negative: rotated); elements that are there */
} Taps;

WINOGRAD_INLINE Vector load_tap(const void *source, int tap) {
    const Taps *taps = source;
    return vector_load(taps->first + tap * taps->distance);
}

WINOGRAD_INLINE Vector load_tap_part(const void *source, int tap) {
    const Taps *taps = source;
    return vector_load_part(taps->first + tap * taps->distance, taps->count);
}

typedef struct Panel {
    real *to;
    int64_t distance; /* between positions */
} Panel;

WINOGRAD_INLINE void store_panel(const void *sink, int position, Vector value) {
    const Panel *panel = sink;
    vector_store(panel->to + position * panel->distance, value);
}

static void filter_vector(const Taps *taps, const Panel *panel) {
    if (taps->count >= VECTOR_LANES)
        transform_square(winograd_filter, WINOGRAD_TAPS, WINOGRAD_WINDOW, load_tap, taps,
                         store_panel, panel);
    else
        transform_square(winograd_filter, WINOGRAD_TAPS, WINOGRAD_WINDOW, load_tap_part, taps,
                         store_panel, panel);
}

/* A vector of columns is contiguous in memory. The few lines that a panel needs of each filter are
 * too far apart for the processor's prefetcher. */
static void fill_rotated(const WinogradFilters *filters, int64_t column, int64_t first,
                         int64_t depth, int64_t distance, real *panel) {
    enum { AHEAD = 4 };
    const int64_t columns = filters->columns;
    const real *filter = filters->weight + first * WINOGRAD_FILTER_TAPS * columns + column;
    for (int64_t k = 0; k < depth; k++, filter += WINOGRAD_FILTER_TAPS * columns) {
        for (int tap = 0; tap <= LAST_TAP; tap++)
            for (int64_t j = 0; j < GEMM_COLUMNS && column + j < columns; j += VECTOR_LANES)
                __builtin_prefetch(filter + (AHEAD * WINOGRAD_FILTER_TAPS + tap) * columns + j, 0,
                                   2);
        for (int64_t j = 0; j < GEMM_COLUMNS; j += VECTOR_LANES)
            filter_vector(
                &(Taps){ filter + LAST_TAP * columns + j, -columns, columns - column - j },
                &(Panel){ panel + k * GEMM_COLUMNS + j, distance });
    }
}

/* A vector of depths is contiguous in memory; a square of them is transposed. `ahead`: how many
 * depths ahead to prefetch; 0: no prefetch. */
WINOGRAD_INLINE void rotate_square(const WinogradFilters *filters, int64_t column, int64_t first,
                                   int64_t depth, int tap, const int ahead, real *taps) {
    const int64_t distance = WINOGRAD_FILTER_TAPS * filters->depth; /* between columns */
    const real *from = filters->weight + column * distance + tap * filters->depth + first;
    Vector square[VECTOR_LANES];
    for (int j = 0; j < VECTOR_LANES; j++, from += distance) {
        const bool there = column + j < filters->columns;
        square[j] = vector_load_part(from, there ? depth : 0);
        if (there && ahead) __builtin_prefetch(from + ahead, 0, 2);
    }
    vector_transpose(square);
    for (int i = 0; i < VECTOR_LANES; i++)
        vector_store(taps + (i * WINOGRAD_FILTER_TAPS + tap) * VECTOR_LANES, square[i]);
}

void winograd_taps(const WinogradFilters *filters, int64_t column, int64_t first, int64_t depth,
                   real *taps) {
    for (int64_t k = 0; k < depth; k += VECTOR_LANES)
        for (int tap = 0; tap < WINOGRAD_FILTER_TAPS; tap++)
            rotate_square(filters, column, first + k, depth - k, tap, 0,
                          taps + k * WINOGRAD_FILTER_TAPS * VECTOR_LANES);
}

static void fill_straight(const WinogradFilters *filters, int64_t column, int64_t first,
                          int64_t depth, int64_t distance, real *panel) {
    enum { AHEAD = 2 * VECTOR_LANES, TAP_REALS = WINOGRAD_FILTER_TAPS * VECTOR_LANES };
    _Alignas(VECTOR_BYTES) real taps[VECTOR_LANES * TAP_REALS];
    for (int64_t k = 0; k < depth; k += VECTOR_LANES)
        for (int64_t j = 0; j < GEMM_COLUMNS; j += VECTOR_LANES) {
            for (int tap = 0; tap < WINOGRAD_FILTER_TAPS; tap++)
                rotate_square(filters, column + j, first + k, depth - k, tap, AHEAD, taps);
            for (int64_t i = 0; i < smaller(VECTOR_LANES, depth - k); i++)
                filter_vector(&(Taps){ taps + i * TAP_REALS, VECTOR_LANES, VECTOR_LANES },
                              &(Panel){ panel + (k + i) * GEMM_COLUMNS + j, distance });
        }
}

void winograd_filter_panels(const WinogradFilters *filters, int64_t column, int64_t first,
                            int64_t depth, const PositionLayout *layout, real *panels) {
    const int64_t distance = layout->offset[1];
    if (filters->rotated)
        fill_rotated(filters, column, first, depth, distance, panels);
    else
        fill_straight(filters, column, first, depth, distance, panels);
}
