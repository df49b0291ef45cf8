/* winograd.c - a convolution in Winograd's form: forward, and the gradient of the image.
 *
 * Output channels are split into strips of GEMM_COLUMNS, input channels into blocks of depth, tiles
 * into panels of GEMM_ROWS. For each block of depth the 36 products of some panels and a strip are
 * added into one small array [tile][position][column], and from there every tile is transformed
 * into pixels.
 *
 * Where the transformed filters are few, they are computed first and shared, and each thread
 * multiplies its own panel of tiles by all strips. Where they are many, the transformed tiles are
 * shared, and each thread multiplies its own strip of filters by all tiles; so transformed filters,
 * which take four times the memory of the filters, are never written to memory.
 */
#include "tensor/kernels/winograd.h"
#include "tensor/kernels/kernel_work.h"
#include "tensor/kernels/winograd_convolution.h"
#include "tensor/workspace.h"

enum {
    PANELS_PER_STRIP = 4, /* from here on panels of tiles employ more threads than strips */
    SHARED_FILTERS_MOST = 3 << 20, /* reals of transformed filters that all threads share */
    ROUND_MOST = 3 << 20,          /* reals of transformed tiles that all threads share */
    ROUND_PANELS_MOST = 16         /* and of panels in them, whose products each thread holds */
};

/* The block sizes of one convolution. */
typedef struct Blocking {
    const WinogradConvolution *conv;
    int64_t depth_block, depth_blocks; /* of input channels; the last block may be smaller */
    int64_t strips;                    /* of output channels */
    PositionLayout left, right;        /* of a block of depth */
} Blocking;

static int64_t depth_of_block(const Blocking *blocking, int64_t block) {
    return smaller(blocking->depth_block,
                   blocking->conv->filters.depth - block * blocking->depth_block);
}

/* The right panels of one strip and block of depth. */
static void fill_filters(const Blocking *blocking, int64_t strip, int64_t block, real *panels) {
    const int64_t depth = depth_of_block(blocking, block);
    winograd_filter_panels(&blocking->conv->filters, strip * GEMM_COLUMNS,
                           block * blocking->depth_block, depth, &blocking->right, panels);
    kernel_work_add((KernelWork){ .packed = WINOGRAD_POSITIONS * depth * GEMM_COLUMNS });
}

/* ---- Products ---- */

/* Tiles that are multiplied together: panels of rows, one block of depth after the other. */
typedef struct TileGroup {
    int64_t first_tile, tiles, panels; /* tiles: without those that only fill up the last panel */
    int64_t block_distance;            /* distance from one block of depth to the next */
    const real *left;
} TileGroup;

/* products[tile][position][column] = or += tiles times the filters of one strip and block. */
static void multiply(const Blocking *blocking, const TileGroup *group, int64_t block,
                     const real *filters, int64_t columns, real *products) {
    const real *left = group->left + block * group->block_distance;
    KernelWork work = { 0 };
    for (int p = 0; p < WINOGRAD_POSITIONS; p++) {
        GemmTile tile = { .right = filters + blocking->right.offset[p],
                          .depth = depth_of_block(blocking, block),
                          .columns = smaller(GEMM_COLUMNS, whole_vectors(columns)),
                          .add = block > 0 };
        for (int64_t panel = 0; panel < group->panels; panel++) {
            const int64_t row = panel * GEMM_ROWS;
            tile.left = left + panel * blocking->left.panel + blocking->left.offset[p];
            tile.rows = smaller(GEMM_ROWS, group->tiles - row);
            for (int64_t r = 0; r < tile.rows; r++)
                tile.row[r] = products + ((row + r) * WINOGRAD_POSITIONS + p) * GEMM_COLUMNS;
            gemm_tile(&tile);
            work.multiply_adds += gemm_tile_multiply_adds(&tile);
        }
    }
    kernel_work_add(work);
}

/* ---- The work of each thread ---- */

static void fill_tiles(const Blocking *blocking, const TileGroup *group, int64_t row, int64_t rows,
                       int64_t block, real *left) {
    winograd_image_left(&blocking->conv->image, group->first_tile, row, rows,
                        block * blocking->depth_block,
                        whole_vectors(depth_of_block(blocking, block)), &blocking->left,
                        left + block * group->block_distance);
    kernel_work_add(
        (KernelWork){ .packed = WINOGRAD_POSITIONS * rows * depth_of_block(blocking, block) });
}

static int64_t columns_of_strip(const Blocking *blocking, int64_t strip) {
    return smaller(GEMM_COLUMNS, blocking->conv->result.channels - strip * GEMM_COLUMNS);
}

static TileGroup tile_group(const Blocking *blocking, int64_t first, int64_t panels,
                            const real *left) {
    const int64_t tiles = smaller(panels * GEMM_ROWS, blocking->conv->tiles - first);
    return (TileGroup){ first, tiles, divide_up(tiles, GEMM_ROWS), panels * blocking->left.panel,
                        left };
}

static int64_t product_reals(int64_t panels) {
    return panels * GEMM_ROWS * WINOGRAD_POSITIONS * GEMM_COLUMNS;
}

/* Called by every thread of a team: filters are shared, panels of tiles are distributed. */
static void run_panels(const Blocking *blocking, real *filters) {
    const int64_t blocks = blocking->depth_blocks;
    real *left = workspace_reals(WORKSPACE_WINOGRAD_TILES, blocks * blocking->left.panel);
    real *products = workspace_reals(WORKSPACE_WINOGRAD_PRODUCTS, product_reals(1));
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocking->strips * blocks; i++)
        fill_filters(blocking, i / blocks, i % blocks, filters + i * blocking->right.panel);
#pragma omp for schedule(dynamic)
    for (int64_t first = 0; first < blocking->conv->tiles; first += GEMM_ROWS) {
        const TileGroup group = tile_group(blocking, first, 1, left);
        for (int64_t b = 0; b < blocks; b++) fill_tiles(blocking, &group, 0, GEMM_ROWS, b, left);
        for (int64_t strip = 0; strip < blocking->strips; strip++) {
            const int64_t columns = columns_of_strip(blocking, strip);
            for (int64_t b = 0; b < blocks; b++)
                multiply(blocking, &group, b,
                         filters + (strip * blocks + b) * blocking->right.panel, columns, products);
            winograd_write(&blocking->conv->result, group.first_tile, group.tiles,
                           strip * GEMM_COLUMNS, columns, products);
        }
        winograd_finish(&blocking->conv->result, group.first_tile, group.tiles, 0,
                        blocking->conv->result.channels);
    }
}

/* Called by every thread of a team: a round of tiles at a time is shared, strips are
 * distributed. */
static void run_strips(const Blocking *blocking, int64_t round_panels, real *left) {
    real *filters = workspace_reals(WORKSPACE_WINOGRAD_FILTERS, blocking->right.panel);
    real *products = workspace_reals(WORKSPACE_WINOGRAD_PRODUCTS, product_reals(round_panels));
    for (int64_t first = 0; first < blocking->conv->tiles; first += round_panels * GEMM_ROWS) {
        const TileGroup group = tile_group(blocking, first, round_panels, left);
#pragma omp for schedule(dynamic) collapse(2)
        for (int64_t row = 0; row < group.panels * GEMM_ROWS; row++)
            for (int64_t b = 0; b < blocking->depth_blocks; b++)
                fill_tiles(blocking, &group, row, 1, b, left);
#pragma omp for schedule(dynamic)
        for (int64_t strip = 0; strip < blocking->strips; strip++) {
            const int64_t columns = columns_of_strip(blocking, strip);
            for (int64_t b = 0; b < blocking->depth_blocks; b++) {
                fill_filters(blocking, strip, b, filters);
                multiply(blocking, &group, b, filters, columns, products);
            }
            winograd_write(&blocking->conv->result, group.first_tile, group.tiles,
                           strip * GEMM_COLUMNS, columns, products);
            winograd_finish(&blocking->conv->result, group.first_tile, group.tiles,
                            strip * GEMM_COLUMNS, columns);
        }
    }
}

static Blocking choose_blocking(const WinogradConvolution *conv) {
    const int64_t depth = conv->filters.depth, blocks = divide_up(depth, WINOGRAD_DEPTH);
    const int64_t block = whole_vectors(divide_up(depth, blocks));
    return (Blocking){ conv,
                       block,
                       divide_up(depth, block),
                       divide_up(conv->filters.columns, GEMM_COLUMNS),
                       winograd_row_layout(block),
                       winograd_right_layout(block) };
}

static void run_many(const WinogradConvolution *conv) {
    const Blocking blocking = choose_blocking(conv);
    const int64_t filter_reals = blocking.strips * blocking.depth_blocks * blocking.right.panel;
    const int64_t panel_reals = blocking.depth_blocks * blocking.left.panel;
    const int64_t panels = divide_up(conv->tiles, GEMM_ROWS);
    if (filter_reals <= SHARED_FILTERS_MOST && panels >= PANELS_PER_STRIP * blocking.strips) {
        real *filters = workspace_reals(WORKSPACE_WINOGRAD_FILTERS, filter_reals);
#pragma omp parallel if (conv->large)
        run_panels(&blocking, filters);
    } else {
        int64_t round = smaller(ROUND_PANELS_MOST, ROUND_MOST / panel_reals);
        round = smaller(panels, larger(round, 1));
        real *left = workspace_reals(WORKSPACE_WINOGRAD_TILES, round * panel_reals);
#pragma omp parallel if (conv->large)
        run_strips(&blocking, round, left);
    }
}

static void run(WinogradConvolution *conv) {
    const int64_t in = conv->filters.depth, out = conv->filters.columns;
    conv->tiles = conv->image.batch * conv->result.tiles_y * conv->result.tiles_x;
    conv->large = parallel_pays_from(conv->tiles * WINOGRAD_POSITIONS * in * out,
                                     GEMM_PARALLEL_MULTIPLY_ADDS);
    real *zeros = workspace_reals(WORKSPACE_ROW, in);
    vector_clear(zeros, in);
    conv->image.zeros = zeros;
    if (winograd_is_few(conv))
        winograd_run_few(conv);
    else
        run_many(conv);
}

void winograd_forward(const Conv2dShape *shape, const real *x, const real *weight, const real *bias,
                      const Epilogue *epilogue, real *y) {
    const int64_t height = conv2d_out_height(shape), width = conv2d_out_width(shape);
    const int64_t tiles_y = divide_up(height, WINOGRAD_OUTPUTS);
    const int64_t tiles_x = divide_up(width, WINOGRAD_OUTPUTS);
    WinogradConvolution conv = {
        .image = { x, shape->batch, shape->height, shape->width, shape->in, tiles_y, tiles_x,
                   -shape->padding, WINOGRAD_WINDOW, NULL },
        .filters = { weight, shape->out, shape->in, false },
        .result = { y, height, width, shape->out, tiles_y, tiles_x, bias, false, epilogue },
    };
    run(&conv);
}

void winograd_backward_data(const Conv2dShape *shape, const real *dy, const real *weight, real *dx,
                            bool accumulate) {
    const int64_t tiles_y = divide_up(shape->height, WINOGRAD_OUTPUTS);
    const int64_t tiles_x = divide_up(shape->width, WINOGRAD_OUTPUTS);
    WinogradConvolution conv = {
        .image = { dy, shape->batch, conv2d_out_height(shape), conv2d_out_width(shape), shape->out,
                   tiles_y, tiles_x, shape->padding - (WINOGRAD_TAPS - 1), WINOGRAD_WINDOW, NULL },
        .filters = { weight, shape->in, shape->out, true },
        .result = { dx, shape->height, shape->width, shape->in, tiles_y, tiles_x, NULL, accumulate,
                    NULL },
    };
    run(&conv);
}
