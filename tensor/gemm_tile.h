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

/* Before a loop with a constant count: one copy of its body per turn, so that elements of a local
 * array become registers. */
#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

typedef struct GemmTile {
    const real *left, *right;
    int64_t depth;
    real *row[GEMM_ROWS]; /* where each row of the result begins, at the tile's first column */
    const real *bias;     /* at the tile's first column, or NULL */
    int64_t rows, columns;
    bool add;
} GemmTile;

static inline __attribute__((always_inline)) void tile_store(const GemmTile *tile, int i,
                                                             int offset, Vector sum) {
    if (tile->bias) sum += vector_load(tile->bias + offset);
    if (tile->add) sum += vector_load(tile->row[i] + offset);
    vector_store(tile->row[i] + offset, sum);
}

/* The tile at an edge of the result, where rows or columns are missing. */
static inline void tile_store_edge(const GemmTile *tile, real (*values)[GEMM_COLUMNS]) {
    for (int64_t i = 0; i < tile->rows; i++)
        for (int64_t j = 0; j < tile->columns; j++) {
            real sum = values[i][j];
            if (tile->bias) sum += tile->bias[j];
            if (tile->add) sum += tile->row[i][j];
            tile->row[i][j] = sum;
        }
}

static inline __attribute__((always_inline)) void tile_sum(const GemmTile *tile, const int height,
                                                           const int vectors) {
    Vector sums[GEMM_ROWS][GEMM_VECTORS] = { 0 };
    const real *left = tile->left, *right = tile->right;
    for (int64_t k = 0; k < tile->depth; k++, left++, right += GEMM_COLUMNS) {
        const Vector first = vector_load(right);
        const Vector second = vector_load(right + (vectors > 1 ? VECTOR_LANES : 0));
        UNROLLED
        for (int i = 0; i < GEMM_ROWS; i++) {
            if (i < height) sums[i][0] += left[i * GEMM_ROW_STRIDE] * first;
            if (i < height && vectors > 1) sums[i][1] += left[i * GEMM_ROW_STRIDE] * second;
        }
    }
    if (tile->rows == height && tile->columns == vectors * VECTOR_LANES) {
        UNROLLED
        for (int i = 0; i < GEMM_ROWS; i++) {
            if (i < height) tile_store(tile, i, 0, sums[i][0]);
            if (i < height && vectors > 1) tile_store(tile, i, VECTOR_LANES, sums[i][1]);
        }
    } else {
        real values[GEMM_ROWS][GEMM_COLUMNS] = { 0 }; /* so that sums never needs an address */
        UNROLLED
        for (int i = 0; i < GEMM_ROWS; i++) {
            if (i < height) vector_store(values[i], sums[i][0]);
            if (i < height && vectors > 1) vector_store(values[i] + VECTOR_LANES, sums[i][1]);
        }
        tile_store_edge(tile, values);
    }
}

#endif
