/* gemm_tile.c - the micro-kernel; its contract is in gemm_tile.h.
 *
 * The height, the number of vectors and the strides are constants wherever tile_sum is called, so
 * that after inlining every accumulator is a register: 2 loads and one broadcast per row feed 2
 * fused multiply-adds per row, and nothing else happens in the loop over k. A broadcast reads the
 * left panel at a constant distance from one moving address, which is why its rows have a fixed
 * stride: packing is then a copy of rows, or of columns where those are contiguous in memory, never
 * a transposition, and costs little even for few columns.
 */
#include "tensor/kernels/gemm_tile.h"

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

/* The old result is prefetched while the sums are computed. */
static inline void tile_prefetch(const GemmTile *tile) {
    for (int64_t i = 0; i < tile->rows; i++) {
        __builtin_prefetch(tile->row[i], 1);
        __builtin_prefetch(tile->row[i] + VECTOR_LANES, 1);
    }
}

/* Element (r, k) of the left panel lies at r * row_stride + k * depth_stride. */
static inline __attribute__((always_inline)) void tile_sum(const GemmTile *tile, const int height,
                                                           const int vectors, const int row_stride,
                                                           const int depth_stride) {
    Vector sums[GEMM_ROWS][GEMM_VECTORS] = { 0 };
    const real *left = tile->left, *right = tile->right;
    if (tile->add) tile_prefetch(tile);
    for (int64_t k = 0; k < tile->depth; k++, left += depth_stride, right += GEMM_COLUMNS) {
        const Vector first = vector_load(right);
        const Vector second = vector_load(right + (vectors > 1 ? VECTOR_LANES : 0));
        UNROLLED
        for (int i = 0; i < GEMM_ROWS; i++) {
            if (i < height) sums[i][0] += left[i * row_stride] * first;
            if (i < height && vectors > 1) sums[i][1] += left[i * row_stride] * second;
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

static inline __attribute__((always_inline)) void tile_sum_rows(const GemmTile *tile,
                                                                const int vectors,
                                                                const int row_stride,
                                                                const int depth_stride) {
    switch (gemm_tile_height(tile->rows)) {
    case 1:
        tile_sum(tile, 1, vectors, row_stride, depth_stride);
        break;
    case 2:
        tile_sum(tile, 2, vectors, row_stride, depth_stride);
        break;
    case 4:
        tile_sum(tile, 4, vectors, row_stride, depth_stride);
        break;
    case 8:
        tile_sum(tile, 8, vectors, row_stride, depth_stride);
        break;
    default:
        tile_sum(tile, GEMM_ROWS, vectors, row_stride, depth_stride);
        break;
    }
}

void gemm_tile(const GemmTile *tile) {
    const bool wide = tile->columns > VECTOR_LANES;
    if (wide && tile->by_depth)
        tile_sum_rows(tile, 2, 1, GEMM_ROWS);
    else if (wide)
        tile_sum_rows(tile, 2, GEMM_ROW_STRIDE, 1);
    else if (tile->by_depth)
        tile_sum_rows(tile, 1, 1, GEMM_ROWS);
    else
        tile_sum_rows(tile, 1, GEMM_ROW_STRIDE, 1);
}
