/* gemm.h - matrix multiplication on the CPU, for any operand that can be packed into panels.
 *
 *     gemm(m, n, k, gemm_matrix(a, k), gemm_matrix(b, n), c, n, false, NULL);
 *
 * is the plain product of row-major matrices. Underneath, gemm_run describes each matrix by a
 * function that packs a part of it: a convolution packs windows of its image straight into the
 * panels, so no im2col matrix ever exists. (A right matrix may also state where its columns are in
 * memory; products of few rows then copy none.)
 *
 * The method is that of Goto and van de Geijn ("Anatomy of High-Performance Matrix Multiplication",
 * ACM TOMS 2008): the depth (the dimension summed over) is split so that a panel of the right
 * matrix stays in the first-level cache, and a tile of the result stays in registers while both
 * panels are read. All block sizes follow from the sizes of the problem, never from the number of
 * threads, so the result has the same bits with any number of threads.
 */
#ifndef TENSOR_GEMM_H
#define TENSOR_GEMM_H

#include "tensor/kernels/epilogue.h"
#include "tensor/kernels/vector.h"

/* A register tile is GEMM_ROWS x GEMM_COLUMNS: two vectors wide, and as high as the registers of
 * the level allow for accumulators, besides two vectors of the right panel and one of the left. */
enum {
#if defined(__AVX512F__)
    GEMM_ROWS = 14, /* 32 registers */
#elif defined(__aarch64__)
    GEMM_ROWS = 12, /* 32 registers */
#elif defined(__AVX2__)
    GEMM_ROWS = 6, /* 16 registers */
#else
    GEMM_ROWS = 4, /* 16 registers, some for products before they are added */
#endif
    GEMM_VECTORS = 2,
    GEMM_COLUMNS = GEMM_VECTORS * VECTOR_LANES,
    GEMM_DEPTH = 320,                                /* the most depth in one panel */
    GEMM_ROW_STRIDE = GEMM_DEPTH + 64 / sizeof(real) /* an odd number of cache lines: rows of a
                                                        left panel fall into different sets */
};

/* The left matrix, [rows, depth]. pack copies rows first_row.. (at most GEMM_ROWS) of the depths
 * first_depth.. (at most GEMM_DEPTH): element (r, k) goes to panel[r * GEMM_ROW_STRIDE + k], or, by
 * depth, to panel[k * GEMM_ROWS + r]: whichever order the matrix has in memory. It is called from
 * several threads at once. */
typedef struct GemmLeft {
    const void *matrix;
    void (*pack)(const void *matrix, int64_t first_row, int64_t rows, int64_t first_depth,
                 int64_t depth, real *panel);
    bool by_depth;
} GemmLeft;

/* One row of a right panel from contiguous memory. */
static inline void gemm_pack_row(real *panel_row, const real *from, int64_t columns) {
    if (columns == GEMM_COLUMNS) { /* the usual case, without a loop */
        vector_store(panel_row, vector_load(from));
        vector_store(panel_row + VECTOR_LANES, vector_load(from + VECTOR_LANES));
    } else {
        vector_copy(panel_row, from, columns);
    }
}

/* The right matrix, [depth, columns]. pack copies the depths first_depth.. (at most GEMM_DEPTH) of
 * columns first_column.. (at most GEMM_COLUMNS): element (k, j) goes to panel[k * GEMM_COLUMNS +
 * j]. It is called from several threads at once. Where columns are contiguous in memory, column j
 * begins at by_column + j * stride; elsewhere by_column is NULL. */
typedef struct GemmRight {
    const void *matrix;
    void (*pack)(const void *matrix, int64_t first_depth, int64_t depth, int64_t first_column,
                 int64_t columns, real *panel);
    const real *by_column;
    int64_t stride;
} GemmRight;

/* The result, [rows, columns]. locate returns the addresses of rows first_row.. . */
typedef struct GemmResult {
    const void *matrix;
    void (*locate)(const void *matrix, int64_t first_row, int64_t rows, real **row);
} GemmResult;

/* result = left right, plus the old result if accumulate is set, plus bias[column] unless NULL;
 * then the epilogue. Without accumulate the old result is never read. A depth of 0 is an empty sum.
 */
typedef struct Gemm {
    int64_t rows, columns, depth;
    GemmLeft left;
    GemmRight right;
    GemmResult result;
    bool accumulate;
    const real *bias;         /* [columns] or NULL */
    const Epilogue *epilogue; /* or NULL */
} Gemm;

void gemm_run(const Gemm *problem);

/* A row-major matrix in memory; element (i, j) is data[i * stride + j], or data[j * stride + i]
 * when transposed is set. */
typedef struct GemmMatrix {
    const real *data;
    int64_t stride;
    bool transposed;
} GemmMatrix;

static inline GemmMatrix gemm_matrix(const real *data, int64_t stride) {
    return (GemmMatrix){ data, stride, false };
}

static inline GemmMatrix gemm_transposed(const real *data, int64_t stride) {
    return (GemmMatrix){ data, stride, true };
}

/* A row-major matrix that is written. */
typedef struct GemmOutput {
    real *data;
    int64_t stride;
} GemmOutput;

/* The parts of a Gemm that are plain matrices; the structs must outlive the call of gemm_run. */
GemmLeft gemm_left(const GemmMatrix *matrix);
GemmRight gemm_right(const GemmMatrix *matrix);
GemmResult gemm_result(const GemmOutput *output);

/* c[rows, columns] (= or, with accumulate, +=) left[rows, depth] right[depth, columns]
 * + bias[columns] (may be NULL). c does not overlap the others. */
void gemm(int64_t rows, int64_t columns, int64_t depth, GemmMatrix left, GemmMatrix right, real *c,
          int64_t c_stride, bool accumulate, const real *bias);

#endif
