/* winograd_weight.c - the gradient of the filters in Winograd's form.
 *
 *     dg = G^T [ sum over tiles of (A dY A^T) . (B^T d B) ] G
 *
 * so at each of the 36 positions one product [out x tiles][tiles x in]. Tiles are the depth; a
 * round has as many as keep their transformed pixels in the cache. A task is some rows (output
 * channels) times a strip of columns (input channels): it adds the products of all positions into
 * sums[row][position][column], and after the last round transforms them into filters. With one
 * round each thread reuses a small array for the sums; with several the sums of all tasks are kept.
 */
#include "tensor/kernels/kernel_work.h"
#include "tensor/kernels/winograd.h"
#include "tensor/kernels/winograd_panels.h"
#include "tensor/workspace.h"

enum {
    TASK_PANELS = 4,                  /* rows of a task, in panels of GEMM_ROWS */
    TASKS_WANTED = 8,                 /* with fewer, tasks get fewer rows */
    ROUND_MOST = 5 << 20,             /* reals of transformed pixels in a round */
    ROUND_LEAST = 16,                 /* tiles: less depth is not worth a pass over the sums */
    TILE_BLOCK = 64,                  /* what one task transforms: so many tiles, */
    CHANNEL_BLOCK = 2 * GEMM_COLUMNS, /* and channels of the image */
    PANEL_BLOCK = 2                   /* or panels of channels of the gradient */
};

typedef struct WeightGradient {
    TiledImage image, gradient;
    real *dweight; /* [out][3][3][in] */
    bool accumulate;
    int64_t tiles, round, rounds;            /* round: tiles of one */
    int64_t row_panels, task_panels, strips; /* of output channels; of input channels */
    PositionLayout left, right;
    real *left_panels, *right_panels, *sums; /* shared; sums: NULL where a thread has its own */
} WeightGradient;

/* ---- The end of a task ---- */

typedef struct FilterSink {
    real *to; /* tap 0, at a vector of input channels */
    int64_t in, count;
    bool accumulate;
} FilterSink;

WINOGRAD_INLINE Vector load_sum(const void *source, int position) {
    return vector_load((const real *)source + position * GEMM_COLUMNS);
}

WINOGRAD_INLINE void store_tap(const void *sink, int tap, Vector value) {
    const FilterSink *filter = sink;
    real *to = filter->to + tap * filter->in;
    if (filter->count >= VECTOR_LANES)
        vector_store(to, filter->accumulate ? vector_load(to) + value : value);
    else
        for (int64_t i = 0; i < filter->count; i++)
            to[i] = filter->accumulate ? to[i] + value[i] : value[i];
}

static void write_filters(const WeightGradient *problem, int64_t row, int64_t rows, int64_t strip,
                          const real *sums) {
    enum { TAPS = WINOGRAD_TAPS * WINOGRAD_TAPS };
    const int64_t in = problem->image.channels, first = strip * GEMM_COLUMNS;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = first; c < smaller(in, first + GEMM_COLUMNS); c += VECTOR_LANES)
            transform_square(winograd_filter_adjoint, WINOGRAD_WINDOW, WINOGRAD_TAPS, load_sum,
                             sums + r * WINOGRAD_POSITIONS * GEMM_COLUMNS + c - first, store_tap,
                             &(FilterSink){ problem->dweight + (row + r) * TAPS * in + c, in,
                                            in - c, problem->accumulate });
}

/* ---- A task ---- */

static int64_t tiles_of_round(const WeightGradient *problem, int64_t round) {
    return smaller(problem->round, problem->tiles - round * problem->round);
}

static void multiply(const WeightGradient *problem, int64_t round, int64_t row, int64_t rows,
                     int64_t strip, real *sums) {
    const real *left = problem->left_panels + row / GEMM_ROWS * problem->left.panel;
    const real *right = problem->right_panels + strip * problem->right.panel;
    const int64_t columns = problem->image.channels - strip * GEMM_COLUMNS;
    KernelWork work = { 0 };
    for (int p = 0; p < WINOGRAD_POSITIONS; p++) {
        GemmTile tile = { .right = right + problem->right.offset[p],
                          .depth = tiles_of_round(problem, round),
                          .by_depth = true,
                          .columns = smaller(GEMM_COLUMNS, whole_vectors(columns)),
                          .add = round > 0 };
        for (int64_t i = 0; i < rows; i += GEMM_ROWS) {
            tile.left = left + i / GEMM_ROWS * problem->left.panel + problem->left.offset[p];
            tile.rows = smaller(GEMM_ROWS, rows - i);
            for (int64_t r = 0; r < tile.rows; r++)
                tile.row[r] = sums + ((i + r) * WINOGRAD_POSITIONS + p) * GEMM_COLUMNS;
            gemm_tile(&tile);
            work.multiply_adds += gemm_tile_multiply_adds(&tile);
        }
    }
    kernel_work_add(work);
}

static int64_t task_reals(const WeightGradient *problem) {
    return problem->task_panels * GEMM_ROWS * WINOGRAD_POSITIONS * GEMM_COLUMNS;
}

static void run_task(const WeightGradient *problem, int64_t round, int64_t task, real *own) {
    const int64_t row = task / problem->strips * problem->task_panels * GEMM_ROWS;
    const int64_t rows =
        smaller(problem->task_panels * GEMM_ROWS, problem->gradient.channels - row);
    const int64_t strip = task % problem->strips;
    real *sums = problem->sums ? problem->sums + task * task_reals(problem) : own;
    multiply(problem, round, row, rows, strip, sums);
    if (round == problem->rounds - 1) write_filters(problem, row, rows, strip, sums);
}

/* ---- A round ---- */

/* The transforms of tiles [first, end) of a round and a block of channels. */
static void fill_image(const WeightGradient *problem, int64_t round, int64_t first, int64_t end,
                       int64_t channel) {
    const int64_t channel_end = smaller(channel + CHANNEL_BLOCK, problem->image.channels);
    winograd_image_right(&problem->image, round * problem->round, first, end, channel, channel_end,
                         &problem->right, problem->right_panels);
    kernel_work_add(
        (KernelWork){ .packed = WINOGRAD_POSITIONS * (end - first) * (channel_end - channel) });
}

static void fill_gradient(const WeightGradient *problem, int64_t round, int64_t first, int64_t end,
                          int64_t panel) {
    const int64_t panel_end = smaller(panel + PANEL_BLOCK, problem->row_panels);
    winograd_gradient_left(&problem->gradient, round * problem->round,
                           tiles_of_round(problem, round), first, end, panel, panel_end,
                           &problem->left, problem->left_panels);
    kernel_work_add((KernelWork){ .packed = WINOGRAD_POSITIONS * (end - first) *
                                            (panel_end - panel) * GEMM_ROWS });
}

/* By every thread of a team. */
static void run_rounds(const WeightGradient *problem) {
    real *own =
        problem->sums ? NULL : workspace_reals(WORKSPACE_WINOGRAD_PRODUCTS, task_reals(problem));
    const int64_t tasks = divide_up(problem->row_panels, problem->task_panels) * problem->strips;
    for (int64_t round = 0; round < problem->rounds; round++) {
        const int64_t tiles = tiles_of_round(problem, round);
#pragma omp for schedule(dynamic) collapse(2) nowait
        for (int64_t first = 0; first < tiles; first += TILE_BLOCK)
            for (int64_t c = 0; c < problem->image.channels; c += CHANNEL_BLOCK)
                fill_image(problem, round, first, smaller(first + TILE_BLOCK, tiles), c);
#pragma omp for schedule(dynamic) collapse(2)
        for (int64_t first = 0; first < tiles; first += TILE_BLOCK)
            for (int64_t panel = 0; panel < problem->row_panels; panel += PANEL_BLOCK)
                fill_gradient(problem, round, first, smaller(first + TILE_BLOCK, tiles), panel);
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < tasks; task++) run_task(problem, round, task, own);
    }
}

static void choose_blocks(WeightGradient *problem) {
    const int64_t in = problem->image.channels, out = problem->gradient.channels;
    problem->row_panels = divide_up(out, GEMM_ROWS);
    problem->strips = divide_up(in, GEMM_COLUMNS);
    const int64_t most = smaller(GEMM_DEPTH, ROUND_MOST / (WINOGRAD_POSITIONS * (in + out)));
    const int64_t rounds = divide_up(problem->tiles, larger(most, ROUND_LEAST));
    problem->round = divide_up(problem->tiles, rounds);
    problem->rounds = divide_up(problem->tiles, problem->round);
    const int64_t wanted = divide_up(TASKS_WANTED, problem->strips);
    problem->task_panels = smaller(TASK_PANELS, divide_up(problem->row_panels, wanted));
    problem->left = winograd_depth_layout(problem->round);
    problem->right = winograd_right_layout(problem->round);
}

void winograd_backward_weight(const Conv2dShape *shape, const real *x, const real *dy,
                              real *dweight, bool accumulate) {
    const int64_t height = conv2d_out_height(shape), width = conv2d_out_width(shape);
    const int64_t tiles_y = divide_up(height, WINOGRAD_OUTPUTS);
    const int64_t tiles_x = divide_up(width, WINOGRAD_OUTPUTS);
    const int64_t channels = larger(shape->in, shape->out);
    real *zeros = workspace_reals(WORKSPACE_ROW, channels);
    vector_clear(zeros, channels);
    WeightGradient problem = {
        .image = { x, shape->batch, shape->height, shape->width, shape->in, tiles_y, tiles_x,
                   -shape->padding, WINOGRAD_WINDOW, zeros },
        .gradient = { dy, shape->batch, height, width, shape->out, tiles_y, tiles_x, 0,
                      WINOGRAD_OUTPUTS, zeros },
        .dweight = dweight,
        .accumulate = accumulate,
        .tiles = shape->batch * tiles_y * tiles_x,
    };
    choose_blocks(&problem);
    problem.left_panels =
        workspace_reals(WORKSPACE_WINOGRAD_TILES, problem.row_panels * problem.left.panel);
    problem.right_panels =
        workspace_reals(WORKSPACE_WINOGRAD_FILTERS, problem.strips * problem.right.panel);
    const int64_t tasks = divide_up(problem.row_panels, problem.task_panels) * problem.strips;
    if (problem.rounds > 1)
        problem.sums = workspace_reals(WORKSPACE_WINOGRAD_PRODUCTS, tasks * task_reals(&problem));
    const bool large = parallel_pays_from(
        problem.tiles * WINOGRAD_POSITIONS * shape->in * shape->out, GEMM_PARALLEL_MULTIPLY_ADDS);
    (void)large; /* unused without OpenMP */
#pragma omp parallel if (large)
    run_rounds(&problem);
}
