/* gemm_dot.c - when dot products pay off, and their register tiles. */
#include "tensor/kernels/gemm_dot.h"
#include "tensor/integer.h"
#include "tensor/kernels/gemm_tile.h"
#include "tensor/kernels/kernel_work.h"
#include "tensor/kernels/vector_transpose.h"
#include "tensor/workspace.h"

enum {
    TILE_COLUMNS = VECTOR_LANES < 4 ? VECTOR_LANES : 4,
    TILE_ROWS = VECTOR_LANES / TILE_COLUMNS, /* with as many elements as a vector has lanes */
    PANEL_ROWS = GEMM_ROWS - GEMM_ROWS % TILE_ROWS,
    PANEL_REALS = PANEL_ROWS * GEMM_ROW_STRIDE, /* of one block of depth */
    /* With few columns: enough rows to pay off. */
    ROWS_LEAST = 64,
    /* With few rows: all of them fit the second-level cache; the depth is long enough that summing
     * lanes costs little, and that packing the right factor would cost more than it gains
     * (measured) */
    ROWS_MOST = 64,
    LEFT_MOST = 1 << 18,
    DEPTH_LEAST = 256,
    DEPTH_PER_ROW = 256 / VECTOR_LANES
};

static bool has_few_columns(const Gemm *problem) {
    return problem->columns <= TILE_COLUMNS && problem->rows >= ROWS_LEAST &&
           problem->depth >= VECTOR_LANES && problem->depth <= GEMM_DEPTH;
}

static bool has_few_rows(const Gemm *problem) {
    return problem->right.by_column && problem->columns >= GEMM_COLUMNS &&
           problem->rows <= smaller(ROWS_MOST, problem->depth / DEPTH_PER_ROW) &&
           problem->depth >= DEPTH_LEAST && problem->depth <= LEFT_MOST / problem->rows;
}

bool gemm_dot_should(const Gemm *problem) {
    return TILE_ROWS > 1 && !problem->left.by_depth &&
           (has_few_columns(problem) || has_few_rows(problem));
}

/* The depth is split into blocks of GEMM_DEPTH, each with a panel of its own; a column is whole.
 * Rows have zeros behind the depth. */
typedef struct Tile {
    const real *row[TILE_ROWS], *column[TILE_COLUMNS];
    int64_t depth;
} Tile;

/* The sum of each vector's lanes: lane i gets the sum of vectors[i]. */
static inline __attribute__((always_inline)) Vector sum_lanes(Vector *vectors) {
    UNROLLED
    for (int count = VECTOR_LANES / 2; count > 0; count /= 2) {
        UNROLLED
        for (int i = 0; i < count; i++)
            vectors[i] = vector_interleave(vectors[i], vectors[i + count], 0) +
                         vector_interleave(vectors[i], vectors[i + count], VECTOR_LANES / 2);
    }
    return vectors[0];
}

/* `count` depths (at most a vector) of every row times those of every column. */
static inline __attribute__((always_inline)) void
add_products(const Tile *tile, int64_t row_depth, int64_t depth, int64_t count, Vector *sums) {
    Vector right[TILE_COLUMNS];
    UNROLLED
    for (int c = 0; c < TILE_COLUMNS; c++)
        right[c] = vector_load_part(tile->column[c] + depth, count);
    UNROLLED
    for (int i = 0; i < TILE_ROWS; i++) {
        const Vector left = vector_load(tile->row[i] + row_depth);
        UNROLLED
        for (int c = 0; c < TILE_COLUMNS; c++) sums[i * TILE_COLUMNS + c] += left * right[c];
    }
}

/* Element (i, c) of the tile in lane i * TILE_COLUMNS + c. */
static Vector multiply_tile(const Tile *tile) {
    Vector sums[VECTOR_LANES];
    UNROLLED
    for (int i = 0; i < VECTOR_LANES; i++) sums[i] = (Vector){ 0 };
    const Tile own = *tile; /* no stored value can change it */
    for (int64_t first = 0, panel = 0; first < own.depth;
         first += GEMM_DEPTH, panel += PANEL_REALS) {
        const int64_t depth = smaller(GEMM_DEPTH, own.depth - first);
        int64_t k = 0;
        for (; k + VECTOR_LANES <= depth; k += VECTOR_LANES)
            add_products(&own, panel + k, first + k, VECTOR_LANES, sums);
        if (k < depth) add_products(&own, panel + k, first + k, depth - k, sums);
    }
    return sum_lanes(sums);
}

/* Rows [first, first + rows) of the block of depth that begins at k. */
static void pack_block(const Gemm *problem, int64_t first, int64_t rows, int64_t k, real *panel) {
    const int64_t depth = smaller(GEMM_DEPTH, problem->depth - k);
    const int64_t rest = round_up(depth, VECTOR_LANES) - depth;
    problem->left.pack(problem->left.matrix, first, rows, k, depth, panel);
    for (int64_t r = 0; r < rows; r++) vector_clear(panel + r * GEMM_ROW_STRIDE + depth, rest);
}

static void store_element(const Gemm *problem, real *to, int64_t column, real sum) {
    if (problem->bias) sum += problem->bias[column];
    to[column] = problem->accumulate ? to[column] + sum : sum;
}

/* Packed rows times the columns of one tile. In place of rows or columns that do not exist, the
 * last one is read, and the result is dropped. */
static void multiply_rows(const Gemm *problem, const real *panel, int64_t rows, int64_t column,
                          real *const *result) {
    const GemmRight *right = &problem->right;
    const int64_t columns = smaller(TILE_COLUMNS, problem->columns - column);
    Tile tile = { .depth = problem->depth };
    for (int64_t c = 0; c < TILE_COLUMNS; c++)
        tile.column[c] = right->by_column + (column + smaller(c, columns - 1)) * right->stride;
    for (int64_t r = 0; r < rows; r += TILE_ROWS) {
        real sums[VECTOR_LANES];
        for (int64_t i = 0; i < TILE_ROWS; i++)
            tile.row[i] = panel + smaller(r + i, rows - 1) * GEMM_ROW_STRIDE;
        vector_store(sums, multiply_tile(&tile));
        for (int64_t i = 0; i < smaller(TILE_ROWS, rows - r); i++)
            for (int64_t c = 0; c < columns; c++)
                store_element(problem, result[r + i], column + c, sums[i * TILE_COLUMNS + c]);
    }
}

/* Called by every thread of a team: panels of rows are distributed among them. */
static void run_few_columns(const Gemm *problem) {
    real *panel = workspace_reals(WORKSPACE_GEMM_LEFT, PANEL_REALS);
#pragma omp for schedule(static)
    for (int64_t first = 0; first < problem->rows; first += PANEL_ROWS) {
        const int64_t rows = smaller(PANEL_ROWS, problem->rows - first);
        real *result[GEMM_ROWS];
        pack_block(problem, first, rows, 0, panel);
        problem->result.locate(problem->result.matrix, first, rows, result);
        multiply_rows(problem, panel, rows, 0, result);
        for (int64_t r = 0; r < rows; r++)
            epilogue_apply(problem->epilogue, result[r], problem->columns);
    }
}

/* Called by every thread of a team: packed rows are shared, and columns are distributed, so that
 * each is read once. */
static void run_few_rows(const Gemm *problem, real *panels) {
    enum { TILES_AT_ONCE = 4 };
    const int64_t panel_reals = divide_up(problem->depth, GEMM_DEPTH) * PANEL_REALS;
    real *result[ROWS_MOST];
    problem->result.locate(problem->result.matrix, 0, problem->rows, result);
#pragma omp for schedule(static) collapse(2)
    for (int64_t first = 0; first < problem->rows; first += PANEL_ROWS)
        for (int64_t k = 0; k < problem->depth; k += GEMM_DEPTH)
            pack_block(problem, first, smaller(PANEL_ROWS, problem->rows - first), k,
                       panels + first / PANEL_ROWS * panel_reals + k / GEMM_DEPTH * PANEL_REALS);
#pragma omp for schedule(dynamic, TILES_AT_ONCE)
    for (int64_t column = 0; column < problem->columns; column += TILE_COLUMNS)
        for (int64_t first = 0; first < problem->rows; first += PANEL_ROWS)
            multiply_rows(problem, panels + first / PANEL_ROWS * panel_reals,
                          smaller(PANEL_ROWS, problem->rows - first), column, result + first);
#pragma omp for schedule(static)
    for (int64_t row = 0; row < problem->rows; row++)
        epilogue_apply(problem->epilogue, result[row], problem->columns);
}

/* The few columns of a matrix whose rows are contiguous, each copied into contiguous memory. */
static GemmRight transposed(const Gemm *problem) {
    real *columns =
        workspace_reals(WORKSPACE_GEMM_RIGHT, GEMM_DEPTH * (TILE_COLUMNS + GEMM_COLUMNS));
    real *panel = columns + GEMM_DEPTH * TILE_COLUMNS;
    problem->right.pack(problem->right.matrix, 0, problem->depth, 0, problem->columns, panel);
    for (int64_t c = 0; c < problem->columns; c++)
        for (int64_t k = 0; k < problem->depth; k++)
            columns[c * GEMM_DEPTH + k] = panel[k * GEMM_COLUMNS + c];
    return (GemmRight){ .by_column = columns, .stride = GEMM_DEPTH };
}

void gemm_dot_run(const Gemm *problem) {
    Gemm own = *problem;
    if (!own.right.by_column) own.right = transposed(problem);
    /* Counts multiply-adds for rows, columns and depths that do not exist, too. */
    const int64_t multiply_adds = round_up(own.rows, TILE_ROWS) *
                                  round_up(own.columns, TILE_COLUMNS) *
                                  round_up(own.depth, VECTOR_LANES);
    const bool large = parallel_pays_from(multiply_adds, GEMM_PARALLEL_MULTIPLY_ADDS);
    (void)large; /* unused without OpenMP */
    if (has_few_columns(problem)) {
#pragma omp parallel if (large)
        run_few_columns(&own);
    } else {
        real *panels = workspace_reals(WORKSPACE_GEMM_LEFT, divide_up(own.rows, PANEL_ROWS) *
                                                                divide_up(own.depth, GEMM_DEPTH) *
                                                                PANEL_REALS);
#pragma omp parallel if (large)
        run_few_rows(&own, panels);
    }
    kernel_work_add((KernelWork){ multiply_adds, own.rows * own.depth });
}
