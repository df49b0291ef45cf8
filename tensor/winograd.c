/* winograd.c - a convolution in Winograd's form: forward, and the gradient of the image.
 *
 * Output channels are cut into strips of GEMM_COLUMNS, input channels into blocks of depth, tiles
 * into panels of GEMM_ROWS. For each block of depth the 36 products of some panels and a strip are
 * added into one small array [tile][position][column], and from there every tile is transformed
 * into pixels.
 *
 * Where the transformed filters are few, all of them are made first and shared, and a thread takes
 * a panel of tiles of its own through all strips. Where they are many, the transformed tiles are
 * shared, and a thread takes a strip of filters of its own through all tiles; so filters that would
 * fill four times their memory are never written to it.
 */
#include "tensor/winograd.h"
#include "tensor/kernel_work.h"
#include "tensor/vector_transpose.h"
#include "tensor/winograd_panels.h"
#include "tensor/workspace.h"

enum {
    DEPTH_MOST = 256 / VECTOR_LANES * VECTOR_LANES,
    PANELS_PER_STRIP = 4, /* where more threads find work in panels of tiles than in strips */
    SHARED_FILTERS_MOST = 3 << 20, /* reals of transformed filters that all threads share */
    ROUND_MOST = 3 << 20,          /* reals of transformed tiles that all threads share */
    ROUND_PANELS_MOST = 16         /* and of panels in them, whose products each thread has */
};

/* The pixels that are written. */
typedef struct Output {
    real *pixels; /* [batch,height,width,channels] */
    int64_t height, width, channels, tiles_y, tiles_x;
    const real *bias; /* [channels] or NULL */
    bool accumulate;
    const Epilogue *epilogue; /* or NULL */
} Output;

typedef struct Convolution {
    TiledImage image;
    Output output;
    const real *weight; /* [output][3][3][input], or turned: [input][3][3][output], half a turn */
    bool turned;
    int64_t tiles;
    int64_t depth_block, depth_blocks; /* of input channels; the last block may be smaller */
    int64_t strips;                    /* of output channels */
    PositionLayout left, right;        /* of a block of depth */
} Convolution;

static int64_t depth_of_block(const Convolution *conv, int64_t block) {
    return smaller(conv->depth_block, conv->image.channels - block * conv->depth_block);
}

/* ---- Filters ---- */

typedef struct Taps {
    const real *first;
    int64_t distance, count; /* between taps (negative: turned); elements that are there */
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

/* Turned filters: a vector of columns lies in memory as it is needed. The few lines that a strip
 * needs of each filter lie too far apart for the processor to foresee. */
static void fill_turned(const Convolution *conv, int64_t column, int64_t first_depth, int64_t depth,
                        real *panel) {
    enum { LAST_TAP = WINOGRAD_TAPS * WINOGRAD_TAPS - 1, AHEAD = 4 };
    const int64_t columns = conv->output.channels;
    const real *filter = conv->weight + first_depth * (LAST_TAP + 1) * columns + column;
    for (int64_t k = 0; k < depth; k++, filter += (LAST_TAP + 1) * columns) {
        for (int tap = 0; tap <= LAST_TAP; tap++)
            for (int64_t j = 0; j < GEMM_COLUMNS && column + j < columns; j += VECTOR_LANES)
                __builtin_prefetch(filter + (AHEAD * (LAST_TAP + 1) + tap) * columns + j, 0, 2);
        for (int64_t j = 0; j < GEMM_COLUMNS; j += VECTOR_LANES)
            filter_vector(
                &(Taps){ filter + LAST_TAP * columns + j, -columns, columns - column - j },
                &(Panel){ panel + k * GEMM_COLUMNS + j, conv->right.offset[1] });
    }
}

/* Other filters: a vector of depths lies in memory; a square of them is turned first. */
static void fill_straight(const Convolution *conv, int64_t column, int64_t first_depth,
                          int64_t depth, real *panel) {
    enum { TAPS = WINOGRAD_TAPS * WINOGRAD_TAPS };
    const int64_t columns = conv->output.channels, in = conv->image.channels;
    _Alignas(VECTOR_BYTES) real taps[VECTOR_LANES * TAPS * VECTOR_LANES]; /* [depth][tap][column] */
    for (int64_t k = 0; k < depth; k += VECTOR_LANES)
        for (int64_t half = 0; half < GEMM_COLUMNS; half += VECTOR_LANES) {
            for (int tap = 0; tap < TAPS; tap++) {
                Vector square[VECTOR_LANES];
                for (int j = 0; j < VECTOR_LANES; j++) {
                    const real *from =
                        conv->weight + ((column + half + j) * TAPS + tap) * in + first_depth + k;
                    const bool there = column + half + j < columns;
                    square[j] = vector_load_part(from, there ? depth - k : 0);
                    if (there) __builtin_prefetch(from + VECTOR_LANES, 0, 2);
                }
                vector_transpose(square);
                for (int i = 0; i < VECTOR_LANES; i++)
                    vector_store(taps + (i * TAPS + tap) * VECTOR_LANES, square[i]);
            }
            for (int64_t i = 0; i < smaller(VECTOR_LANES, depth - k); i++)
                filter_vector(
                    &(Taps){ taps + i * TAPS * VECTOR_LANES, VECTOR_LANES, VECTOR_LANES },
                    &(Panel){ panel + (k + i) * GEMM_COLUMNS + half, conv->right.offset[1] });
        }
}

/* The right panels of one strip and block of depth. */
static void fill_filters(const Convolution *conv, int64_t strip, int64_t block, real *panel) {
    const int64_t first = block * conv->depth_block, depth = depth_of_block(conv, block);
    if (conv->turned)
        fill_turned(conv, strip * GEMM_COLUMNS, first, depth, panel);
    else
        fill_straight(conv, strip * GEMM_COLUMNS, first, depth, panel);
    kernel_work_add((KernelWork){ .packed = WINOGRAD_POSITIONS * depth * GEMM_COLUMNS });
}

/* ---- Products ---- */

/* Tiles that are multiplied together: panels of rows, a block of depth after the other. */
typedef struct TileGroup {
    int64_t first_tile, tiles, panels; /* tiles: without those that fill up the last panel */
    int64_t block_distance;            /* from one block of depth to the next */
    const real *left;
} TileGroup;

/* products[tile][position][column] = or += tiles times the filters of one strip and block. */
static void multiply(const Convolution *conv, const TileGroup *group, int64_t block,
                     const real *filters, int64_t columns, real *products) {
    const real *left = group->left + block * group->block_distance;
    KernelWork work = { 0 };
    for (int p = 0; p < WINOGRAD_POSITIONS; p++) {
        GemmTile tile = { .right = filters + conv->right.offset[p],
                          .depth = depth_of_block(conv, block),
                          .columns = smaller(GEMM_COLUMNS, whole_vectors(columns)),
                          .add = block > 0 };
        for (int64_t panel = 0; panel < group->panels; panel++) {
            const int64_t row = panel * GEMM_ROWS;
            tile.left = left + panel * conv->left.panel + conv->left.offset[p];
            tile.rows = smaller(GEMM_ROWS, group->tiles - row);
            for (int64_t r = 0; r < tile.rows; r++)
                tile.row[r] = products + ((row + r) * WINOGRAD_POSITIONS + p) * GEMM_COLUMNS;
            gemm_tile(&tile);
            work.multiply_adds += gemm_tile_multiply_adds(&tile);
        }
    }
    kernel_work_add(work);
}

/* ---- Outputs ---- */

/* One vector of channels of one output pixel, `count` of them if fewer than a vector. */
static inline void store_output(const Output *output, real *pixel, int64_t channel, int64_t count,
                                Vector value) {
    if (count >= VECTOR_LANES) {
        if (output->bias) value += vector_load(output->bias + channel);
        if (output->accumulate) value += vector_load(pixel + channel);
        vector_store(pixel + channel, value);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        real element = value[i];
        if (output->bias) element += output->bias[channel + i];
        if (output->accumulate) element += pixel[channel + i];
        pixel[channel + i] = element;
    }
}

/* The outputs of a tile; NULL where the image ends before. */
typedef struct OutputTile {
    const Output *output;
    real *pixel[WINOGRAD_OUTPUTS * WINOGRAD_OUTPUTS];
    int64_t channel;
} OutputTile;

WINOGRAD_INLINE Vector load_product(const void *source, int position) {
    return vector_load((const real *)source + position * GEMM_COLUMNS);
}

WINOGRAD_INLINE void store_pixel(const void *sink, int i, Vector value) {
    const OutputTile *tile = sink;
    if (tile->pixel[i])
        store_output(tile->output, tile->pixel[i], tile->channel,
                     tile->output->channels - tile->channel, value);
}

static OutputTile output_tile(const Output *output, int64_t tile) {
    const int64_t line = tile / output->tiles_x, n = line / output->tiles_y;
    const int64_t top = line % output->tiles_y * WINOGRAD_OUTPUTS;
    const int64_t left = tile % output->tiles_x * WINOGRAD_OUTPUTS;
    OutputTile pixels = { .output = output };
    for (int64_t y = 0; y < WINOGRAD_OUTPUTS && top + y < output->height; y++)
        for (int64_t x = 0; x < WINOGRAD_OUTPUTS && left + x < output->width; x++)
            pixels.pixel[y * WINOGRAD_OUTPUTS + x] =
                output->pixels +
                ((n * output->height + top + y) * output->width + left + x) * output->channels;
    return pixels;
}

static void write_outputs(const Convolution *conv, const TileGroup *group, int64_t first_column,
                          int64_t columns, const real *products) {
    for (int64_t t = 0; t < group->tiles; t++) {
        OutputTile tile = output_tile(&conv->output, group->first_tile + t);
        for (int64_t j = 0; j < columns; j += VECTOR_LANES) {
            tile.channel = first_column + j;
            transform_square(winograd_output, WINOGRAD_WINDOW, WINOGRAD_OUTPUTS, load_product,
                             products + t * WINOGRAD_POSITIONS * GEMM_COLUMNS + j, store_pixel,
                             &tile);
        }
    }
}

/* Columns of the pixels of a group, which are whole. */
static void finish_pixels(const Convolution *conv, const TileGroup *group, int64_t first_column,
                          int64_t columns) {
    for (int64_t t = 0; conv->output.epilogue && t < group->tiles; t++) {
        const OutputTile tile = output_tile(&conv->output, group->first_tile + t);
        for (int i = 0; i < WINOGRAD_OUTPUTS * WINOGRAD_OUTPUTS; i++)
            if (tile.pixel[i])
                epilogue_apply(conv->output.epilogue, tile.pixel[i] + first_column, columns);
    }
}

/* ---- Who does what ---- */

static void fill_tiles(const Convolution *conv, const TileGroup *group, int64_t row, int64_t rows,
                       int64_t block, real *left) {
    winograd_image_left(&conv->image, group->first_tile, row, rows, block * conv->depth_block,
                        whole_vectors(depth_of_block(conv, block)), &conv->left,
                        left + block * group->block_distance);
    kernel_work_add(
        (KernelWork){ .packed = WINOGRAD_POSITIONS * rows * depth_of_block(conv, block) });
}

static int64_t columns_of_strip(const Convolution *conv, int64_t strip) {
    return smaller(GEMM_COLUMNS, conv->output.channels - strip * GEMM_COLUMNS);
}

static TileGroup tile_group(const Convolution *conv, int64_t first, int64_t panels,
                            const real *left) {
    const int64_t tiles = smaller(panels * GEMM_ROWS, conv->tiles - first);
    return (TileGroup){ first, tiles, divide_up(tiles, GEMM_ROWS), panels * conv->left.panel,
                        left };
}

static int64_t product_reals(int64_t panels) {
    return panels * GEMM_ROWS * WINOGRAD_POSITIONS * GEMM_COLUMNS;
}

/* By every thread of a team: filters are shared, panels of tiles are shared out. */
static void run_panels(const Convolution *conv, real *filters) {
    const int64_t blocks = conv->depth_blocks;
    real *left = workspace_reals(WORKSPACE_WINOGRAD_TILES, blocks * conv->left.panel);
    real *products = workspace_reals(WORKSPACE_WINOGRAD_PRODUCTS, product_reals(1));
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < conv->strips * blocks; i++)
        fill_filters(conv, i / blocks, i % blocks, filters + i * conv->right.panel);
#pragma omp for schedule(dynamic)
    for (int64_t first = 0; first < conv->tiles; first += GEMM_ROWS) {
        const TileGroup group = tile_group(conv, first, 1, left);
        for (int64_t b = 0; b < blocks; b++) fill_tiles(conv, &group, 0, GEMM_ROWS, b, left);
        for (int64_t strip = 0; strip < conv->strips; strip++) {
            const int64_t columns = columns_of_strip(conv, strip);
            for (int64_t b = 0; b < blocks; b++)
                multiply(conv, &group, b, filters + (strip * blocks + b) * conv->right.panel,
                         columns, products);
            write_outputs(conv, &group, strip * GEMM_COLUMNS, columns, products);
        }
        finish_pixels(conv, &group, 0, conv->output.channels);
    }
}

/* By every thread of a team: tiles are shared, a round of them at a time, strips are shared out. */
static void run_strips(const Convolution *conv, int64_t round_panels, real *left) {
    real *filters = workspace_reals(WORKSPACE_WINOGRAD_FILTERS, conv->right.panel);
    real *products = workspace_reals(WORKSPACE_WINOGRAD_PRODUCTS, product_reals(round_panels));
    for (int64_t first = 0; first < conv->tiles; first += round_panels * GEMM_ROWS) {
        const TileGroup group = tile_group(conv, first, round_panels, left);
#pragma omp for schedule(dynamic) collapse(2)
        for (int64_t row = 0; row < group.panels * GEMM_ROWS; row++)
            for (int64_t b = 0; b < conv->depth_blocks; b++)
                fill_tiles(conv, &group, row, 1, b, left);
#pragma omp for schedule(dynamic)
        for (int64_t strip = 0; strip < conv->strips; strip++) {
            const int64_t columns = columns_of_strip(conv, strip);
            for (int64_t b = 0; b < conv->depth_blocks; b++) {
                fill_filters(conv, strip, b, filters);
                multiply(conv, &group, b, filters, columns, products);
            }
            write_outputs(conv, &group, strip * GEMM_COLUMNS, columns, products);
            finish_pixels(conv, &group, strip * GEMM_COLUMNS, columns);
        }
    }
}

static void cut_depth(Convolution *conv) {
    const int64_t in = conv->image.channels, blocks = divide_up(in, DEPTH_MOST);
    conv->depth_block = whole_vectors(divide_up(in, blocks));
    conv->depth_blocks = divide_up(in, conv->depth_block);
    conv->left = winograd_row_layout(conv->depth_block);
    conv->right = winograd_right_layout(conv->depth_block);
}

static void run(Convolution *conv) {
    const Output *output = &conv->output;
    conv->tiles = conv->image.batch * output->tiles_y * output->tiles_x;
    conv->strips = divide_up(output->channels, GEMM_COLUMNS);
    cut_depth(conv);
    real *zeros = workspace_reals(WORKSPACE_ROW, conv->image.channels);
    vector_clear(zeros, conv->image.channels);
    conv->image.zeros = zeros;
    const int64_t filter_reals = conv->strips * conv->depth_blocks * conv->right.panel;
    const int64_t panel_reals = conv->depth_blocks * conv->left.panel;
    const int64_t panels = divide_up(conv->tiles, GEMM_ROWS);
    const bool large = conv->tiles * WINOGRAD_POSITIONS * conv->image.channels * output->channels >=
                       GEMM_PARALLEL_MULTIPLY_ADDS;
    (void)large; /* unused without OpenMP */
    if (filter_reals <= SHARED_FILTERS_MOST && panels >= PANELS_PER_STRIP * conv->strips) {
        real *filters = workspace_reals(WORKSPACE_WINOGRAD_FILTERS, filter_reals);
#pragma omp parallel if (large)
        run_panels(conv, filters);
    } else {
        int64_t round = smaller(ROUND_PANELS_MOST, ROUND_MOST / panel_reals);
        round = smaller(panels, larger(round, 1));
        real *left = workspace_reals(WORKSPACE_WINOGRAD_TILES, round * panel_reals);
#pragma omp parallel if (large)
        run_strips(conv, round, left);
    }
}

void winograd_forward(const Conv2dShape *shape, const real *x, const real *weight, const real *bias,
                      const Epilogue *epilogue, real *y) {
    const int64_t height = conv2d_out_height(shape), width = conv2d_out_width(shape);
    const int64_t tiles_y = divide_up(height, WINOGRAD_OUTPUTS);
    const int64_t tiles_x = divide_up(width, WINOGRAD_OUTPUTS);
    Convolution conv = {
        .image = { x, shape->batch, shape->height, shape->width, shape->in, tiles_y, tiles_x,
                   -shape->padding, WINOGRAD_WINDOW, NULL },
        .output = { y, height, width, shape->out, tiles_y, tiles_x, bias, false, epilogue },
        .weight = weight,
    };
    run(&conv);
}

void winograd_backward_data(const Conv2dShape *shape, const real *dy, const real *weight, real *dx,
                            bool accumulate) {
    const int64_t tiles_y = divide_up(shape->height, WINOGRAD_OUTPUTS);
    const int64_t tiles_x = divide_up(shape->width, WINOGRAD_OUTPUTS);
    Convolution conv = {
        .image = { dy, shape->batch, conv2d_out_height(shape), conv2d_out_width(shape), shape->out,
                   tiles_y, tiles_x, shape->padding - (WINOGRAD_TAPS - 1), WINOGRAD_WINDOW, NULL },
        .output = { dx, shape->height, shape->width, shape->in, tiles_y, tiles_x, NULL, accumulate,
                    NULL },
        .weight = weight,
        .turned = true,
    };
    run(&conv);
}
