/* gemm_panel.h - the register tile of a product, and the operands that pack panels for it. */
#ifndef TENSOR_GEMM_PANEL_H
#define TENSOR_GEMM_PANEL_H

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

#endif
