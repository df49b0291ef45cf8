/* winograd_few.c - Winograd's form for a few tiles, as an image has deep in a network.
 *
 * A panel of transformed filters (winograd.c) then costs more to write than the products that read
 * it. Here nothing transformed is stored: for one vector of output channels and one line of 6
 * positions, the filters of a block of input channels are transformed in registers, one input
 * channel after the other, and multiplied at once into the sums of a few tiles, which are registers
 * too. So every filter is transformed for each of the 6 lines, and for each few tiles again, which
 * is why the tiles must be few.
 *
 * Filters are most of what is read. Those of the next block are asked for while these are
 * multiplied, some lines at every input channel: memory works all the time instead of between
 * products.
 */
#include "tensor/kernel_work.h"
#include "tensor/winograd_convolution.h"
#include "tensor/workspace.h"

enum {
    TILES_AT_ONCE = GEMM_ROWS < 12 ? 2 : 4, /* 6 sums of each: 12 of 16 registers, or 24 of 32 */
    TILES_MOST = GEMM_ROWS < 12 ? 2 : 8,    /* with more, transformed filters are better stored */
    NUMBERS = TILES_AT_ONCE * WINOGRAD_WINDOW, /* of an input channel, in one line of positions */
    BLOCK = WINOGRAD_DEPTH,
    LINE = 64 / sizeof(real), /* a line of the cache */
    RUN_LINES = BLOCK / LINE, /* that a block takes of one tap of one output channel */
    RUNS = VECTOR_LANES * WINOGRAD_FILTER_TAPS / WINOGRAD_WINDOW, /* while one line is computed */
    LINES_AT_ONCE = 2,
    ASKS_PER_RUN = RUN_LINES / LINES_AT_ONCE,
    ASKS = RUNS * ASKS_PER_RUN
};

bool winograd_is_few(const WinogradConvolution *conv) {
    return conv->tiles <= TILES_MOST && !conv->filters.turned;
}

/* The products of one block of depth with one vector of columns, at one line of positions. */
typedef struct Line {
    const real *taps;  /* [depth][9][VECTOR_LANES] */
    const real *tiles; /* [depth][TILES_AT_ONCE][6] */
    int64_t depth;
    const real *next; /* the filters to ask for */
    int64_t run;      /* from one of their runs to the next */
    int64_t asks;     /* how often */
    real *products;   /* [tile][36][GEMM_COLUMNS], at this line's first position */
    bool add;
} Line;

/* Also of filters that do not exist: to ask for memory is no access. */
WINOGRAD_INLINE void ask_for(const real *next) {
    for (int i = 0; i < LINES_AT_ONCE; i++) __builtin_prefetch(next + i * LINE, 0, 2);
}

/* Row y of winograd_evaluate times the taps of one depth: three values of a line. */
WINOGRAD_INLINE void filter_row(const real *taps, const int y, Vector *row) {
    UNROLLED
    for (int x = 0; x < WINOGRAD_TAPS; x++) {
        Vector column[WINOGRAD_TAPS], values[WINOGRAD_WINDOW];
        UNROLLED
        for (int i = 0; i < WINOGRAD_TAPS; i++)
            column[i] = vector_load(taps + (i * WINOGRAD_TAPS + x) * VECTOR_LANES);
        winograd_evaluate(column, values);
        row[x] = values[y];
    }
}

WINOGRAD_INLINE void multiply_line(const Line *line, const int y) {
    Vector sums[TILES_AT_ONCE][WINOGRAD_WINDOW];
    real *to[TILES_AT_ONCE];
    UNROLLED
    for (int t = 0; t < TILES_AT_ONCE; t++) {
        to[t] = line->products + t * WINOGRAD_POSITIONS * GEMM_COLUMNS;
        UNROLLED
        for (int x = 0; x < WINOGRAD_WINDOW; x++)
            sums[t][x] = line->add ? vector_load(to[t] + x * GEMM_COLUMNS) : (Vector){ 0 };
    }
    const real *taps = line->taps, *tiles = line->tiles, *next = line->next;
    for (int64_t k = 0; k < line->depth; k++) {
        Vector row[WINOGRAD_TAPS], filter[WINOGRAD_WINDOW];
        if (k < line->asks) ask_for(next);
        next += (k + 1) % ASKS_PER_RUN ? LINES_AT_ONCE * LINE
                                       : line->run - (RUN_LINES - LINES_AT_ONCE) * LINE;
        filter_row(taps, y, row);
        winograd_evaluate(row, filter);
        UNROLLED
        for (int x = 0; x < WINOGRAD_WINDOW; x++) {
            UNROLLED
            for (int t = 0; t < TILES_AT_ONCE; t++)
                sums[t][x] += filter[x] * tiles[t * WINOGRAD_WINDOW + x];
        }
        taps += WINOGRAD_FILTER_TAPS * VECTOR_LANES;
        tiles += NUMBERS;
    }
    UNROLLED
    for (int t = 0; t < TILES_AT_ONCE; t++) {
        UNROLLED
        for (int x = 0; x < WINOGRAD_WINDOW; x++)
            vector_store(to[t] + x * GEMM_COLUMNS, sums[t][x]);
    }
}

/* With y a constant: code of its own for each row of winograd_evaluate. */
static void multiply_line_of(const Line *line, int y) {
    switch (y) {
    case 0:
        multiply_line(line, 0);
        break;
    case 1:
        multiply_line(line, 1);
        break;
    case 2:
        multiply_line(line, 2);
        break;
    case 3:
        multiply_line(line, 3);
        break;
    case 4:
        multiply_line(line, 4);
        break;
    default:
        multiply_line(line, 5);
        break;
    }
}

/* Where the filters begin that are needed after those of one block of a vector of columns. */
static const real *next_filters(const WinogradFilters *filters, int64_t column, int64_t depth) {
    depth += BLOCK;
    if (depth >= filters->depth) {
        depth = 0;
        column += VECTOR_LANES;
    }
    if (column >= filters->columns) column = 0; /* any */
    return filters->weight + column * WINOGRAD_FILTER_TAPS * filters->depth + depth;
}

/* tiles[group of TILES_AT_ONCE][line of 6 positions][depth][NUMBERS]: where a line of one begins.
 */
static int64_t line_of_tiles(const WinogradConvolution *conv, int64_t group, int64_t y) {
    return (group * WINOGRAD_WINDOW + y) * whole_vectors(conv->filters.depth) * NUMBERS;
}

static int64_t groups_of(const WinogradConvolution *conv) {
    return divide_up(conv->tiles, TILES_AT_ONCE);
}

/* A block of depth, from `first` on, of one vector of columns, for all tiles. */
static void multiply_block(const WinogradConvolution *conv, const real *tiles, int64_t column,
                           int64_t first, real *taps, real *products) {
    const WinogradFilters *filters = &conv->filters;
    const int64_t groups = groups_of(conv), depth = smaller(BLOCK, filters->depth - first);
    const real *next = next_filters(filters, column, first);
    winograd_taps(filters, column, first, depth, taps);
    for (int64_t group = 0; group < groups; group++)
        for (int y = 0; y < WINOGRAD_WINDOW; y++) {
            const int64_t position =
                group * TILES_AT_ONCE * WINOGRAD_POSITIONS + y * WINOGRAD_WINDOW;
            multiply_line_of(
                &(Line){ .taps = taps,
                         .tiles = tiles + line_of_tiles(conv, group, y) + first * NUMBERS,
                         .depth = depth,
                         .next = next + y * RUNS * filters->depth,
                         .run = filters->depth,
                         .asks = group == 0 ? ASKS : 0,
                         .products = products + position * GEMM_COLUMNS,
                         .add = first > 0 },
                y);
        }
    kernel_work_add(
        (KernelWork){ .multiply_adds = groups * NUMBERS * WINOGRAD_WINDOW * depth * VECTOR_LANES,
                      .packed = WINOGRAD_FILTER_TAPS * depth * VECTOR_LANES });
}

/* By every thread of a team: tiles are shared, strips of filters are shared out. */
static void run_strips(const WinogradConvolution *conv, real *tiles) {
    const int64_t groups = groups_of(conv), depth = conv->filters.depth;
    const int64_t columns = conv->filters.columns;
    real *taps =
        workspace_reals(WORKSPACE_WINOGRAD_FILTERS, BLOCK * WINOGRAD_FILTER_TAPS * VECTOR_LANES);
    real *products = workspace_reals(WORKSPACE_WINOGRAD_PRODUCTS,
                                     groups * TILES_AT_ONCE * WINOGRAD_POSITIONS * GEMM_COLUMNS);
#pragma omp for schedule(static)
    for (int64_t k = 0; k < depth; k += BLOCK)
        for (int64_t t = 0; t < groups * TILES_AT_ONCE; t++)
            winograd_image_numbers(&conv->image, t, k, whole_vectors(smaller(BLOCK, depth - k)),
                                   line_of_tiles(conv, 0, 1), NUMBERS,
                                   tiles + line_of_tiles(conv, t / TILES_AT_ONCE, 0) + k * NUMBERS +
                                       t % TILES_AT_ONCE * WINOGRAD_WINDOW);
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
    const int64_t reals = line_of_tiles(conv, groups_of(conv), 0);
    real *tiles = workspace_reals(WORKSPACE_WINOGRAD_TILES, reals);
#pragma omp parallel if (conv->large)
    run_strips(conv, tiles);
    kernel_work_add((KernelWork){ .packed = reals });
}
