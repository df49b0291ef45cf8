/* winograd_few.c - Winograd's form for a few tiles, as an image has deep in a network.
 *
 * A panel of transformed filters (winograd.c) then costs more to write than the products that read
 * it. So this form stores no transformed filters: for one vector of output channels and one row of
 * 6 positions, the filters of a block of input channels are transformed in registers, one input
 * channel after the other, and multiplied at once into the sums of a few tiles, which are in
 * registers too. Every filter is transformed again for each of the 6 rows and each group of tiles,
 * so the tiles must be few.
 *
 * Most of the data read are filters. While one block is multiplied, those of the next are
 * prefetched, some cache lines at every input channel, so that memory is busy all the time instead
 * of between products.
 */
#include "tensor/kernels/kernel_work.h"
#include "tensor/kernels/winograd_convolution.h"
#include "tensor/workspace.h"

enum {
    TOGETHER = 4, /* tiles; their sums at one row of positions are 24 of 32 registers */
    TILES_MOST = 2 * TOGETHER,            /* with more, it is better to store transformed filters */
    NUMBERS = TOGETHER * WINOGRAD_WINDOW, /* of an input channel, at one row of positions */
    BLOCK = WINOGRAD_DEPTH,
    /* A block of filters consists of one run of cache lines for each tap of each column in a
     * vector. */
    RUN_LINES = BLOCK / CACHE_LINE_REALS,
    ROW_RUNS = VECTOR_LANES * WINOGRAD_FILTER_TAPS / WINOGRAD_WINDOW, /* asked for in one row */
    LINES_AT_ONCE = 2,
    RUN_ASKS = RUN_LINES / LINES_AT_ONCE,
    ROW_ASKS = ROW_RUNS * RUN_ASKS
};

/* With 16 registers the sums would spill to memory. */
bool winograd_is_few(const WinogradConvolution *conv) {
    return GEMM_ROWS >= 12 && conv->tiles <= TILES_MOST && !conv->filters.rotated;
}

/* One block of depth times one vector of columns, at one row of positions. */
typedef struct Row {
    const real *taps;  /* [depth][9][VECTOR_LANES] */
    const real *tiles; /* [depth][TOGETHER][6] */
    int64_t depth;
    const real *next; /* the filters to ask for */
    int64_t run;      /* distance from one of their runs to the next */
    int64_t asks;     /* how often */
    real *products;   /* [tile][36][GEMM_COLUMNS], at this row's first position */
    bool add;
} Row;

/* Also prefetches filters that do not exist: a prefetch is not an access. */
WINOGRAD_INLINE void ask_for(const real *next) {
    for (int i = 0; i < LINES_AT_ONCE; i++) __builtin_prefetch(next + i * CACHE_LINE_REALS, 0, 2);
}

/* Values at row y: the taps of one depth, transformed in both directions. */
WINOGRAD_INLINE void filter_row(const real *taps, const int y, Vector *filter) {
    Vector half[WINOGRAD_TAPS];
    UNROLLED
    for (int x = 0; x < WINOGRAD_TAPS; x++) {
        Vector column[WINOGRAD_TAPS], values[WINOGRAD_WINDOW];
        UNROLLED
        for (int i = 0; i < WINOGRAD_TAPS; i++)
            column[i] = vector_load(taps + (i * WINOGRAD_TAPS + x) * VECTOR_LANES);
        winograd_evaluate(column, values);
        half[x] = values[y];
    }
    winograd_evaluate(half, filter);
}

/* y is a constant, so the compiler keeps only that row of what filter_row computes. */
WINOGRAD_INLINE void multiply_row(const Row *row, const int y) {
    Vector sums[TOGETHER][WINOGRAD_WINDOW];
    real *to[TOGETHER];
    UNROLLED
    for (int t = 0; t < TOGETHER; t++) {
        to[t] = row->products + t * WINOGRAD_POSITIONS * GEMM_COLUMNS;
        UNROLLED
        for (int x = 0; x < WINOGRAD_WINDOW; x++)
            sums[t][x] = row->add ? vector_load(to[t] + x * GEMM_COLUMNS) : (Vector){ 0 };
    }
    const real *taps = row->taps, *tiles = row->tiles, *next = row->next;
    for (int64_t k = 0; k < row->depth; k++) {
        Vector filter[WINOGRAD_WINDOW];
        if (k < row->asks) ask_for(next);
        next += LINES_AT_ONCE * CACHE_LINE_REALS;
        if ((k + 1) % RUN_ASKS == 0) next += row->run - BLOCK;
        filter_row(taps, y, filter);
        UNROLLED
        for (int x = 0; x < WINOGRAD_WINDOW; x++) {
            UNROLLED
            for (int t = 0; t < TOGETHER; t++)
                sums[t][x] += filter[x] * tiles[t * WINOGRAD_WINDOW + x];
        }
        taps += WINOGRAD_FILTER_TAPS * VECTOR_LANES;
        tiles += NUMBERS;
    }
    UNROLLED
    for (int t = 0; t < TOGETHER; t++) {
        UNROLLED
        for (int x = 0; x < WINOGRAD_WINDOW; x++)
            vector_store(to[t] + x * GEMM_COLUMNS, sums[t][x]);
    }
}

/* The address of the filters that are needed after those of one block of a vector of columns. */
static const real *next_filters(const WinogradFilters *filters, int64_t column, int64_t depth) {
    depth += BLOCK;
    if (depth >= filters->depth) {
        depth = 0;
        column += VECTOR_LANES;
    }
    if (column >= filters->columns) column = 0; /* any */
    return filters->weight + column * WINOGRAD_FILTER_TAPS * filters->depth + depth;
}

/* tiles[group of TOGETHER][row of positions][depth][NUMBERS]: the start of a row of one group. */
static int64_t row_of_tiles(const WinogradConvolution *conv, int64_t group, int64_t y) {
    return (group * WINOGRAD_WINDOW + y) * whole_vectors(conv->filters.depth) * NUMBERS;
}

static int64_t groups_of(const WinogradConvolution *conv) {
    return divide_up(conv->tiles, TOGETHER);
}

/* A block of depth, from `first` on, of one vector of columns, for all tiles. */
static void multiply_block(const WinogradConvolution *conv, const real *tiles, int64_t column,
                           int64_t first, real *taps, real *products) {
    const WinogradFilters *filters = &conv->filters;
    const int64_t groups = groups_of(conv), depth = smaller(BLOCK, filters->depth - first);
    const real *next = next_filters(filters, column, first);
    winograd_taps(filters, column, first, depth, taps);
    for (int64_t group = 0; group < groups; group++) {
        Row row = { .taps = taps,
                    .depth = depth,
                    .run = filters->depth,
                    .asks = group == 0 ? ROW_ASKS : 0,
                    .add = first > 0 };
        UNROLLED
        for (int y = 0; y < WINOGRAD_WINDOW; y++) {
            const int64_t position = group * TOGETHER * WINOGRAD_POSITIONS + y * WINOGRAD_WINDOW;
            row.tiles = tiles + row_of_tiles(conv, group, y) + first * NUMBERS;
            row.next = next + y * ROW_RUNS * filters->depth;
            row.products = products + position * GEMM_COLUMNS;
            multiply_row(&row, y);
        }
    }
    kernel_work_add(
        (KernelWork){ .multiply_adds = groups * NUMBERS * WINOGRAD_WINDOW * depth * VECTOR_LANES,
                      .packed = WINOGRAD_FILTER_TAPS * depth * VECTOR_LANES });
}

/* Called by every thread of a team: tiles are shared, strips of filters are distributed. */
static void run_strips(const WinogradConvolution *conv, real *tiles) {
    const int64_t groups = groups_of(conv), depth = conv->filters.depth;
    const int64_t columns = conv->filters.columns;
    real *taps =
        workspace_reals(WORKSPACE_WINOGRAD_FILTERS, BLOCK * WINOGRAD_FILTER_TAPS * VECTOR_LANES);
    real *products = workspace_reals(WORKSPACE_WINOGRAD_PRODUCTS,
                                     groups * TOGETHER * WINOGRAD_POSITIONS * GEMM_COLUMNS);
#pragma omp for schedule(static)
    for (int64_t k = 0; k < depth; k += BLOCK)
        for (int64_t t = 0; t < groups * TOGETHER; t++)
            winograd_image_numbers(&conv->image, t, k, whole_vectors(smaller(BLOCK, depth - k)),
                                   row_of_tiles(conv, 0, 1), NUMBERS,
                                   tiles + row_of_tiles(conv, t / TOGETHER, 0) + k * NUMBERS +
                                       t % TOGETHER * WINOGRAD_WINDOW);
#pragma omp for schedule(dynamic)
    for (int64_t strip = 0; strip < columns; strip += GEMM_COLUMNS) {
        const int64_t width = smaller(GEMM_COLUMNS, columns - strip);
        for (int64_t j = 0; j < width; j += VECTOR_LANES)
            for (int64_t k = 0; k < depth; k += BLOCK)
                multiply_block(conv, tiles, strip + j, k, taps, products + j);
        winograd_write(&conv->result, 0, conv->tiles, strip, width, products);
        winograd_finish(&conv->result, 0, conv->tiles, strip, width);
    }
}

void winograd_run_few(const WinogradConvolution *conv) {
    const int64_t reals = row_of_tiles(conv, groups_of(conv), 0);
    real *tiles = workspace_reals(WORKSPACE_WINOGRAD_TILES, reals);
#pragma omp parallel if (conv->large)
    run_strips(conv, tiles);
    kernel_work_add((KernelWork){ .packed = reals });
}
