/* gemm_tile.h - the micro-kernel: one register tile of a matrix product.
 *
 * Contract. left: a packed left panel (row r, depth k at r * GEMM_ROW_STRIDE + k), right: a packed
 * right panel (depth k, column j at k * GEMM_COLUMNS + j). Both are packed for the full tile, with
 * zeros in rows and columns that do not exist. The tile sums left * right over k in ascending
 * order, one accumulator per element, starting from zero; then each element of the result is
 *     (add ? old result : 0) + (bias ? bias[j] : 0) + sum
 * and only the first `rows` rows and `columns` columns are read or written.
 *
 * The height and the number of vectors are constants wherever tile_sum is called, so that after
 * inlining every accumulator is a register: 2 loads and one broadcast per row feed 2 fused
 * multiply-adds per row, and nothing else happens in the loop over k. A broadcast reads the left
 * panel at a constant distance from one moving address, which is why its rows have a fixed stride:
 * packing is then a copy of rows, not a transposition, and costs little beside few columns.
 */
#ifndef TENSOR_GEMM_TILE_H
#define TENSOR_GEMM_TILE_H

#include "tensor/gemm.h"

typedef struct GemmTile {
    const real *left, *right;
    int64_t depth;
    real *row[GEMM_ROWS]; /* where each row of the result begins, at the tile's first column */
    const real *bias;     /* at the tile's first column, or NULL */
    int64_t rows, columns;
    bool add;
} GemmTile;

static inline __attribute__((always_inline)) Vector tile_epilogue(const GemmTile *tile, int i,
                                                                  int offset, Vector sum) {
    if (tile->bias) sum += vector_load(tile->bias + offset);
    if (tile->add) sum += vector_load(tile->row[i] + offset);
    return sum;
}

/* The last columns of the result, fewer than the vectors hold. */
static inline void tile_store_edge(const GemmTile *tile, int vectors,
                                   Vector (*sums)[GEMM_VECTORS]) {
    for (int64_t i = 0; i < tile->rows; i++) {
        real values[GEMM_COLUMNS];
        for (int v = 0; v < vectors; v++) vector_store(values + v * VECTOR_LANES, sums[i][v]);
        for (int64_t j = 0; j < tile->columns; j++) {
            const real bias = tile->bias ? tile->bias[j] : 0;
            const real old = tile->add ? tile->row[i][j] : 0;
            tile->row[i][j] = values[j] + bias + old;
        }
    }
}

static inline __attribute__((always_inline)) void tile_sum(const GemmTile *tile, const int height,
                                                           const int vectors) {
    Vector sums[GEMM_ROWS][GEMM_VECTORS];
    const real *left = tile->left, *right = tile->right;
    for (int i = 0; i < height; i++)
        for (int v = 0; v < vectors; v++) sums[i][v] = (Vector){ 0 };
    for (int64_t k = 0; k < tile->depth; k++, left++, right += GEMM_COLUMNS) {
        Vector columns[GEMM_VECTORS];
        for (int v = 0; v < vectors; v++) columns[v] = vector_load(right + v * VECTOR_LANES);
        for (int i = 0; i < height; i++)
            for (int v = 0; v < vectors; v++) sums[i][v] += left[i * GEMM_ROW_STRIDE] * columns[v];
    }
    if (tile->rows == height && tile->columns == vectors * VECTOR_LANES) {
        for (int i = 0; i < height; i++)
            for (int v = 0; v < vectors; v++)
                vector_store(tile->row[i] + v * VECTOR_LANES,
                             tile_epilogue(tile, i, v * VECTOR_LANES, sums[i][v]));
    } else {
        Vector copies[GEMM_ROWS][GEMM_VECTORS]; /* so that sums itself never needs an address */
        for (int i = 0; i < height; i++)
            for (int v = 0; v < vectors; v++) copies[i][v] = sums[i][v];
        tile_store_edge(tile, vectors, copies);
    }
}

#endif
