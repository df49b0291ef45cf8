/* gemm_matrix.c - packing plain matrices into panels. */
#include "tensor/kernels/gemm_matrix.h"
#include "tensor/kernels/vector_transpose.h"

#include <string.h>

/* While a panel copies a part of every row, prefetch the part of that row further on. */
enum { DEPTHS_AHEAD = 64 };

/* Rows are often a page or more apart: too far for the processor's prefetcher. */
static void prefetch_row(const real *row, int64_t count) {
    for (int64_t k = 0; k < count; k += 64 / (int64_t)sizeof *row) __builtin_prefetch(row + k);
}

static void pack_left(const void *matrix, int64_t first_row, int64_t rows, int64_t first_depth,
                      int64_t depth, real *panel) {
    enum { AHEAD = 3 };
    const GemmMatrix *m = matrix;
    const real *from = m->data + first_row * m->stride + first_depth;
    for (int64_t r = 0; r < rows && r < AHEAD; r++) prefetch_row(from + r * m->stride, depth);
    for (int64_t r = 0; r < rows; r++) {
        if (r + AHEAD < rows) prefetch_row(from + (r + AHEAD) * m->stride, depth);
        vector_copy(panel + r * GEMM_ROW_STRIDE, from + r * m->stride, depth);
    }
}

static void pack_left_transposed(const void *matrix, int64_t first_row, int64_t rows,
                                 int64_t first_depth, int64_t depth, real *panel) {
    const GemmMatrix *m = matrix;
    const real *from = m->data + first_depth * m->stride + first_row;
    if (rows == GEMM_ROWS) /* a copy of constant size is a few instructions */
        for (int64_t k = 0; k < depth; k++) {
            __builtin_prefetch(from + (k + DEPTHS_AHEAD) * m->stride, 0, 2);
            memcpy(panel + k * GEMM_ROWS, from + k * m->stride, GEMM_ROWS * sizeof *panel);
        }
    else
        for (int64_t k = 0; k < depth; k++)
            for (int64_t r = 0; r < rows; r++) panel[k * GEMM_ROWS + r] = from[k * m->stride + r];
}

static void pack_right(const void *matrix, int64_t first_depth, int64_t depth, int64_t first_column,
                       int64_t columns, real *panel) {
    const GemmMatrix *m = matrix;
    const real *from = m->data + first_depth * m->stride + first_column;
    for (int64_t k = 0; k < depth; k++) {
        const real *ahead = from + (k + DEPTHS_AHEAD) * m->stride;
        __builtin_prefetch(ahead, 0, 2);
        __builtin_prefetch(ahead + VECTOR_LANES, 0, 2);
        gemm_pack_row(panel + k * GEMM_COLUMNS, from + k * m->stride, columns);
    }
}

/* One vector of depths of one vector of columns. */
static void transpose_square(const real *from, int64_t stride, real *panel) {
    Vector rows[VECTOR_LANES];
    for (int i = 0; i < VECTOR_LANES; i++) rows[i] = vector_load(from + i * stride);
    vector_transpose(rows);
    for (int i = 0; i < VECTOR_LANES; i++) vector_store(panel + i * GEMM_COLUMNS, rows[i]);
}

static void pack_right_transposed(const void *matrix, int64_t first_depth, int64_t depth,
                                  int64_t first_column, int64_t columns, real *panel) {
    const GemmMatrix *m = matrix;
    const real *from = m->data + first_column * m->stride + first_depth;
    const int64_t whole_depth = depth - depth % VECTOR_LANES;
    const int64_t whole_columns = columns - columns % VECTOR_LANES;
    for (int64_t j = 0; j < whole_columns; j += VECTOR_LANES)
        for (int64_t k = 0; k < whole_depth; k += VECTOR_LANES)
            transpose_square(from + j * m->stride + k, m->stride, panel + k * GEMM_COLUMNS + j);
    for (int64_t j = 0; j < columns; j++)
        for (int64_t k = j < whole_columns ? whole_depth : 0; k < depth; k++)
            panel[k * GEMM_COLUMNS + j] = from[j * m->stride + k];
}

static void locate_row(const void *matrix, int64_t first_row, int64_t rows, real **row) {
    const GemmOutput *output = matrix;
    for (int64_t r = 0; r < rows; r++) row[r] = output->data + (first_row + r) * output->stride;
}

GemmLeft gemm_left(const GemmMatrix *matrix) {
    return (GemmLeft){ matrix, matrix->transposed ? pack_left_transposed : pack_left,
                       matrix->transposed };
}

GemmRight gemm_right(const GemmMatrix *matrix) {
    return matrix->transposed
               ? (GemmRight){ matrix, pack_right_transposed, matrix->data, matrix->stride }
               : (GemmRight){ .matrix = matrix, .pack = pack_right };
}

GemmResult gemm_result(const GemmOutput *output) {
    return (GemmResult){ output, locate_row };
}
