/* gemm.c - the blocking around the micro-kernel of gemm_tile.h.
 *
 * Columns are split into strips, and a strip's depth into blocks. All threads together pack such a
 * block of the right matrix once, and tasks read it. A task is a block of rows (and, when there are
 * few rows, a part of the strip): it packs its own rows of the left matrix and adds their product
 * to the result. Tasks share no element of the result, and blocks of depth are processed in order,
 * so the assignment of tasks to threads does not change any bit.
 *
 * A small result with a long depth (the weight gradient of a convolution, whose depth is the number
 * of pixels) has too few such tasks. Its depth is split into parts, whose number follows from the
 * sizes; each part is a product into a partial result, and these are added pairwise.
 *
 * Products of few columns or few rows are gemm_dot.c's.
 */
#include "tensor/kernels/gemm.h"
#include "tensor/error.h"
#include "tensor/integer.h"
#include "tensor/kernels/gemm_dot.h"
#include "tensor/kernels/gemm_tile.h"
#include "tensor/kernels/kernel_work.h"
#include "tensor/workspace.h"

enum {
    STRIP_COLUMNS = 512 / GEMM_COLUMNS * GEMM_COLUMNS,
    TASK_PANELS = 16,             /* rows of a task at most, in panels of GEMM_ROWS */
    TASK_MULTIPLY_ADDS = 1 << 20, /* of a task about: some tens of microseconds, so that threads
                                     end together even where one was held up */
    TASKS_WANTED = 16,            /* per block of depth, so that many threads have work */
    PACK_DEPTH = 32,
    PART_DEPTH = 4 * GEMM_DEPTH, /* at least */
    PARTS = 16,
    PARTIAL_MOST = 4 << 20 /* reals in all partial results together */
};

/* The block sizes of one product, in elements. */
typedef struct Blocking {
    int64_t depth_block;
    int64_t row_block, row_blocks;
    int64_t strip, column_block; /* a strip is split into blocks of so many columns */
    int64_t parts, part_depth;
} Blocking;

/* The size of equal blocks, each at most `most` and a multiple of `unit`. */
static int64_t even_block(int64_t size, int64_t most, int64_t unit) {
    const int64_t blocks = divide_up(size, most);
    return round_up(divide_up(size, blocks > 0 ? blocks : 1), unit);
}

static Blocking choose_blocking(const Gemm *problem) {
    const int64_t elements = problem->rows * problem->columns;
    Blocking blocking = { .parts = 1, .part_depth = problem->depth };
    if (problem->depth >= PARTS * PART_DEPTH && elements * PARTS <= PARTIAL_MOST) {
        blocking.part_depth = divide_up(problem->depth, PARTS);
        blocking.parts = divide_up(problem->depth, blocking.part_depth);
    }
    blocking.depth_block = even_block(blocking.part_depth, GEMM_DEPTH, 1);
    blocking.strip = even_block(problem->columns, STRIP_COLUMNS, GEMM_COLUMNS);
    /* Parts are distributed among threads directly; a whole product needs tasks to distribute. */
    const int64_t panel_work = GEMM_ROWS * blocking.strip * blocking.depth_block;
    const int64_t panels = blocking.parts > 1
                               ? TASK_PANELS
                               : smaller(TASK_MULTIPLY_ADDS / panel_work,
                                         divide_up(problem->rows, GEMM_ROWS) / TASKS_WANTED);
    blocking.row_block = larger(1, smaller(TASK_PANELS, panels)) * GEMM_ROWS;
    blocking.row_blocks = divide_up(problem->rows, blocking.row_block);
    const int64_t column_blocks =
        blocking.parts > 1 ? 1 : divide_up(TASKS_WANTED, blocking.row_blocks);
    blocking.column_block =
        even_block(divide_up(blocking.strip, column_blocks), blocking.strip, GEMM_COLUMNS);
    return blocking;
}

/* One task: rows [row, row_end) of the result times packed columns [column, column_end) of the
 * strip that begins at strip_column, for the depths [first, first + depth). */
typedef struct Task {
    int64_t row, row_end, column, column_end, strip_column;
    int64_t first, depth;
    const real *right;      /* the packed strip */
    bool add, biased, last; /* of the depths */
} Task;

/* Packs a few depths of every panel, then the next few, which reads the matrix in the order of its
 * memory. Rows that do not exist become zeros. */
static void pack_left_panels(const Gemm *problem, const Task *task, real *left) {
    const GemmLeft *matrix = &problem->left;
    const int64_t step = matrix->by_depth ? PACK_DEPTH : task->depth;
    for (int64_t k = 0; k < task->depth; k += step) {
        const int64_t depth = smaller(step, task->depth - k);
        for (int64_t row = task->row; row < task->row_end; row += GEMM_ROWS) {
            const int64_t rows = smaller(GEMM_ROWS, task->row_end - row);
            real *panel = left + (row - task->row) * GEMM_ROW_STRIDE + k * GEMM_ROWS;
            if (rows < GEMM_ROWS && matrix->by_depth)
                vector_clear(panel, GEMM_ROWS * depth);
            else
                for (int64_t r = rows; r < GEMM_ROWS; r++)
                    vector_clear(panel + r * GEMM_ROW_STRIDE, depth);
            matrix->pack(matrix->matrix, row, rows, task->first + k, depth, panel);
        }
    }
}

static void run_task(const Gemm *problem, const Task *task, real *left) {
    KernelWork work = { 0, (task->row_end - task->row) * task->depth };
    real *rows[TASK_PANELS * GEMM_ROWS];
    pack_left_panels(problem, task, left);
    problem->result.locate(problem->result.matrix, task->row, task->row_end - task->row, rows);
    for (int64_t column = task->column; column < task->column_end; column += GEMM_COLUMNS) {
        const int64_t at = task->strip_column + column; /* in the whole result */
        GemmTile tile = { .right = task->right + column * task->depth,
                          .depth = task->depth,
                          .bias = task->biased ? problem->bias + at : NULL,
                          .columns = smaller(GEMM_COLUMNS, task->column_end - column),
                          .by_depth = problem->left.by_depth,
                          .add = task->add };
        for (int64_t row = 0; row < task->row_end - task->row; row += GEMM_ROWS) {
            tile.left = left + row * GEMM_ROW_STRIDE;
            tile.rows = smaller(GEMM_ROWS, task->row_end - task->row - row);
            for (int64_t r = 0; r < tile.rows; r++) tile.row[r] = rows[row + r] + at;
            gemm_tile(&tile);
            work.multiply_adds += gemm_tile_multiply_adds(&tile);
        }
    }
    const int64_t columns = task->column_end - task->column;
    for (int64_t r = 0; task->last && r < task->row_end - task->row; r++)
        epilogue_apply(problem->epilogue, rows[r] + task->strip_column + task->column, columns);
    kernel_work_add(work);
}

static void pack_right_panel(const Gemm *problem, int64_t first, int64_t depth, int64_t column,
                             real *panel) {
    const int64_t columns = smaller(GEMM_COLUMNS, problem->columns - column);
    if (columns < GEMM_COLUMNS)
        for (int64_t k = 0; k < depth; k++)
            for (int64_t j = columns; j < GEMM_COLUMNS; j++) panel[k * GEMM_COLUMNS + j] = 0;
    problem->right.pack(problem->right.matrix, first, depth, column, columns, panel);
}

/* Called by every thread of a team: each loop below is shared among them. */
static void run_team(const Gemm *problem, const Blocking *blocking, int64_t first, int64_t end,
                     real *right) {
    real *left = workspace_reals(WORKSPACE_GEMM_LEFT, blocking->row_block * GEMM_ROW_STRIDE);
    for (int64_t strip = 0; strip < problem->columns; strip += blocking->strip) {
        const int64_t width = smaller(blocking->strip, problem->columns - strip);
        const int64_t column_blocks = divide_up(width, blocking->column_block);
        for (int64_t k = first; k < end; k += blocking->depth_block) {
            const int64_t depth = smaller(blocking->depth_block, end - k);
/* A few rows of every panel, then the next few: reads the matrix in the order of its memory. */
#pragma omp for schedule(static) collapse(2)
            for (int64_t at = 0; at < depth; at += PACK_DEPTH)
                for (int64_t j = 0; j < width; j += GEMM_COLUMNS)
                    pack_right_panel(problem, k + at, smaller(PACK_DEPTH, depth - at), strip + j,
                                     right + j * depth + at * GEMM_COLUMNS);
#pragma omp for schedule(dynamic)
            for (int64_t i = 0; i < blocking->row_blocks * column_blocks; i++) {
                const int64_t row = i / column_blocks * blocking->row_block;
                const int64_t column = i % column_blocks * blocking->column_block;
                const Task task = { .row = row,
                                    .row_end = smaller(row + blocking->row_block, problem->rows),
                                    .column = column,
                                    .column_end = smaller(column + blocking->column_block, width),
                                    .strip_column = strip,
                                    .first = k,
                                    .depth = depth,
                                    .right = right,
                                    .add = problem->accumulate || k > first,
                                    .biased = problem->bias && k == first,
                                    .last = k + depth == end };
                run_task(problem, &task, left);
            }
        }
    }
}

static void run_part(const Gemm *problem, const Blocking *blocking, int64_t first, int64_t end) {
    real *right = workspace_reals(WORKSPACE_GEMM_RIGHT, blocking->strip * blocking->depth_block);
    const bool large = parallel_pays_from(problem->rows * problem->columns * (end - first),
                                          GEMM_PARALLEL_MULTIPLY_ADDS);
    (void)large; /* unused without OpenMP */
#pragma omp parallel if (large)
    run_team(problem, blocking, first, end, right);
    kernel_work_add((KernelWork){ 0, (end - first) * problem->columns }); /* the right factor */
}

/* The sum of the partial results, pairwise, into the result. */
static void add_parts(const Gemm *problem, int64_t parts, real *partial) {
    const int64_t columns = problem->columns, elements = problem->rows * columns;
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < problem->rows; row++) {
        real *sum = partial + row * columns, *result;
        for (int64_t half = 1; half < parts; half *= 2)
            for (int64_t i = 0; i + half < parts; i += 2 * half)
                vector_add(sum + i * elements, sum + (i + half) * elements, columns);
        if (problem->bias) vector_add(sum, problem->bias, columns);
        problem->result.locate(problem->result.matrix, row, 1, &result);
        if (problem->accumulate)
            vector_add(result, sum, columns);
        else
            vector_copy(result, sum, columns);
        epilogue_apply(problem->epilogue, result, columns);
    }
}

static void run_one_part(const Gemm *problem, const Blocking *blocking, int64_t i, real *partial) {
    const GemmOutput output = { partial, problem->columns };
    Gemm part = *problem;
    part.result = gemm_result(&output);
    part.accumulate = false;
    part.bias = NULL;
    part.epilogue = NULL;
    run_part(&part, blocking, i * blocking->part_depth,
             smaller((i + 1) * blocking->part_depth, problem->depth));
}

static void run_in_parts(const Gemm *problem, const Blocking *blocking) {
    const int64_t elements = problem->rows * problem->columns;
    real *partial = workspace_reals(WORKSPACE_GEMM_PARTIAL, blocking->parts * elements);
#pragma omp parallel
    {
        /* A thread without a part in this call may get one in a later call, so every thread of the
         * team allocates its buffers in the first call. */
        workspace_reals(WORKSPACE_GEMM_LEFT, blocking->row_block * GEMM_ROW_STRIDE);
        workspace_reals(WORKSPACE_GEMM_RIGHT, blocking->strip * blocking->depth_block);
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < blocking->parts; i++)
            run_one_part(problem, blocking, i, partial + i * elements);
    }
    add_parts(problem, blocking->parts, partial);
}

/* Depth 0: nothing is added. */
static void store_empty_sums(const Gemm *problem) {
    for (int64_t row = 0; row < problem->rows; row++) {
        real *result;
        problem->result.locate(problem->result.matrix, row, 1, &result);
        if (!problem->accumulate) vector_clear(result, problem->columns);
        if (problem->bias) vector_add(result, problem->bias, problem->columns);
        epilogue_apply(problem->epilogue, result, problem->columns);
    }
}

void gemm_run(const Gemm *problem) {
    PROMISE(problem->rows >= 0 && problem->columns >= 0 && problem->depth >= 0, "negative size");
    if (problem->rows == 0 || problem->columns == 0) return;
    if (problem->depth == 0) {
        store_empty_sums(problem);
        return;
    }
    if (gemm_dot_should(problem)) {
        gemm_dot_run(problem);
        return;
    }
    const Blocking blocking = choose_blocking(problem);
    if (blocking.parts > 1)
        run_in_parts(problem, &blocking);
    else
        run_part(problem, &blocking, 0, problem->depth);
}

void gemm(int64_t rows, int64_t columns, int64_t depth, GemmMatrix left, GemmMatrix right, real *c,
          int64_t c_stride, bool accumulate, const real *bias) {
    const GemmOutput output = { c, c_stride };
    gemm_run(&(Gemm){ rows, columns, depth, gemm_left(&left), gemm_right(&right),
                      gemm_result(&output), accumulate, bias, NULL });
}
