#include "tensor/gemm_narrow.h"
#include "tensor/gemm_tile.h"
#include "tensor/integer.h"
#include "tensor/kernel_work.h"
#include "tensor/vector_transpose.h"
#include "tensor/workspace.h"

enum {
    NARROW_COLUMNS = VECTOR_LANES < 4 ? VECTOR_LANES : 4,
    GROUP_ROWS = VECTOR_LANES / NARROW_COLUMNS, /* with as many sums as a vector has lanes */
    PANEL_ROWS = GEMM_ROWS - GEMM_ROWS % GROUP_ROWS,
    ROWS_AT_LEAST = 64
};

bool gemm_is_narrow(const Gemm *problem) {
    return GROUP_ROWS > 1 && problem->columns <= NARROW_COLUMNS && !problem->left.by_depth &&
           problem->depth >= VECTOR_LANES && problem->depth <= GEMM_DEPTH &&
           problem->rows >= ROWS_AT_LEAST;
}

/* The right matrix turned over: column c begins at c * GEMM_DEPTH. Whole vectors of depths, and all
 * NARROW_COLUMNS, with zeros where nothing is. */
static void turn_right(const Gemm *problem, real *turned) {
    real *panel = turned + NARROW_COLUMNS * GEMM_DEPTH;
    vector_clear(turned, NARROW_COLUMNS * GEMM_DEPTH);
    problem->right.pack(problem->right.matrix, 0, problem->depth, 0, problem->columns, panel);
    for (int64_t c = 0; c < problem->columns; c++)
        for (int64_t k = 0; k < problem->depth; k++)
            turned[c * GEMM_DEPTH + k] = panel[k * GEMM_COLUMNS + c];
}

/* The sum of each vector's lanes: of vectors[i] in lane i. */
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

/* GROUP_ROWS rows of a packed left panel times the columns, element (i, c) in place
 * i * NARROW_COLUMNS + c. */
static Vector multiply_group(const real *left, const real *right, int64_t depth) {
    Vector sums[VECTOR_LANES];
    UNROLLED
    for (int i = 0; i < VECTOR_LANES; i++) sums[i] = (Vector){ 0 };
    for (int64_t k = 0; k < depth; k += VECTOR_LANES) {
        UNROLLED
        for (int i = 0; i < GROUP_ROWS; i++) {
            const Vector row = vector_load(left + i * GEMM_ROW_STRIDE + k);
            UNROLLED
            for (int c = 0; c < NARROW_COLUMNS; c++)
                sums[i * NARROW_COLUMNS + c] += row * vector_load(right + c * GEMM_DEPTH + k);
        }
    }
    return sum_lanes(sums);
}

static void store_row(const Gemm *problem, const real *sums, real *to) {
    for (int64_t c = 0; c < problem->columns; c++) {
        real sum = sums[c];
        if (problem->bias) sum += problem->bias[c];
        to[c] = problem->accumulate ? to[c] + sum : sum;
    }
    epilogue_apply(problem->epilogue, to, problem->columns);
}

static void run_panel(const Gemm *problem, int64_t first, int64_t rows, const real *right,
                      real *panel) {
    const int64_t depth = problem->depth;
    const int64_t rest = divide_up(depth, VECTOR_LANES) * VECTOR_LANES - depth;
    real *row[GEMM_ROWS];
    problem->left.pack(problem->left.matrix, first, rows, 0, depth, panel);
    problem->result.locate(problem->result.matrix, first, rows, row);
    for (int64_t r = 0; r < PANEL_ROWS; r++)
        vector_clear(panel + r * GEMM_ROW_STRIDE + (r < rows ? depth : 0),
                     r < rows ? rest : depth + rest);
    for (int64_t r = 0; r < rows; r += GROUP_ROWS) {
        real sums[VECTOR_LANES];
        vector_store(sums, multiply_group(panel + r * GEMM_ROW_STRIDE, right, depth));
        for (int64_t i = 0; i < GROUP_ROWS && r + i < rows; i++)
            store_row(problem, sums + i * NARROW_COLUMNS, row[r + i]);
    }
}

void gemm_narrow_run(const Gemm *problem) {
    real *right =
        workspace_reals(WORKSPACE_GEMM_RIGHT, GEMM_DEPTH * (NARROW_COLUMNS + GEMM_COLUMNS));
    /* With what is issued for rows and depths that do not exist. */
    const int64_t multiply_adds = divide_up(problem->rows, GROUP_ROWS) * GROUP_ROWS *
                                  NARROW_COLUMNS * divide_up(problem->depth, VECTOR_LANES) *
                                  VECTOR_LANES;
    const bool large = multiply_adds >= GEMM_PARALLEL_MULTIPLY_ADDS;
    (void)large; /* unused without OpenMP */
    turn_right(problem, right);
#pragma omp parallel if (large)
    {
        real *panel = workspace_reals(WORKSPACE_GEMM_LEFT, GEMM_ROWS * GEMM_ROW_STRIDE);
#pragma omp for schedule(static)
        for (int64_t row = 0; row < problem->rows; row += PANEL_ROWS)
            run_panel(problem, row, smaller(PANEL_ROWS, problem->rows - row), right, panel);
    }
    kernel_work_add(
        (KernelWork){ multiply_adds, (problem->rows + problem->columns) * problem->depth });
}
