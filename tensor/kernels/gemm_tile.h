/* gemm_tile.h - the micro-kernel: one register tile of a matrix product.
 *
 * Contract. left: a packed left panel (row r, depth k at r * GEMM_ROW_STRIDE + k, or, by depth, at
 * k * GEMM_ROWS + r), right: a packed right panel (depth k, column j at k * GEMM_COLUMNS + j). Both
 * are packed for the full tile, with zeros in rows and columns that do not exist. The tile sums
 * left * right over k in ascending order, one accumulator per element, starting from zero; then
 * each element of the result is (add ? old result : 0) + (bias ? bias[j] : 0) + sum and only the
 * first `rows` rows and `columns` columns are read or written.
 */
#ifndef TENSOR_GEMM_TILE_H
#define TENSOR_GEMM_TILE_H

#include "tensor/kernels/gemm.h"
#include "tensor/parallel.h"

/* The least multiply-adds of a whole product for which several threads pay off. */
enum { GEMM_PARALLEL_MULTIPLY_ADDS = 1 << 17 };

typedef struct GemmTile {
    const real *left, *right;
    int64_t depth;
    real *row[GEMM_ROWS]; /* the address of each row of the result, at the tile's first column */
    const real *bias;     /* at the tile's first column, or NULL */
    int64_t rows, columns;
    bool by_depth, add;
} GemmTile;

void gemm_tile(const GemmTile *tile);

/* The rows that gemm_tile computes for so many: those of the smallest micro-kernel that holds
 * them. */
static inline int64_t gemm_tile_height(int64_t rows) {
    if (rows > 8 && GEMM_ROWS > 8) return GEMM_ROWS;
    if (rows > 4 && GEMM_ROWS > 4) return GEMM_ROWS < 8 ? GEMM_ROWS : 8;
    return rows > 2 ? 4 : rows;
}

/* Multiply-adds that gemm_tile issues, also for rows and columns that do not exist. */
static inline int64_t gemm_tile_multiply_adds(const GemmTile *tile) {
    const int64_t vectors = tile->columns > VECTOR_LANES ? GEMM_VECTORS : 1;
    return gemm_tile_height(tile->rows) * vectors * VECTOR_LANES * tile->depth;
}

#endif
