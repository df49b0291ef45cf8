/* gemm_matrix.c - packing plain matrices into panels. */
#include "tensor/gemm.h"

/* Depths that a transposing copy takes at a time, so that the lines it writes stay in the cache. */
enum { TRANSPOSE_DEPTH = 16 };

static void pack_left(const void *matrix, int64_t first_row, int64_t rows, int64_t first_depth,
                      int64_t depth, real *panel) {
    const GemmMatrix *m = matrix;
    const real *from = m->data + first_row * m->stride + first_depth;
    for (int64_t r = 0; r < rows; r++)
        vector_copy(panel + r * GEMM_ROW_STRIDE, from + r * m->stride, depth);
}

static void pack_left_transposed(const void *matrix, int64_t first_row, int64_t rows,
                                 int64_t first_depth, int64_t depth, real *panel) {
    const GemmMatrix *m = matrix;
    const real *from = m->data + first_depth * m->stride + first_row;
    for (int64_t first = 0; first < depth; first += TRANSPOSE_DEPTH) {
        const int64_t end = first + TRANSPOSE_DEPTH < depth ? first + TRANSPOSE_DEPTH : depth;
        for (int64_t r = 0; r < rows; r++)
            for (int64_t k = first; k < end; k++)
                panel[r * GEMM_ROW_STRIDE + k] = from[k * m->stride + r];
    }
}

static void pack_right(const void *matrix, int64_t first_depth, int64_t depth, int64_t first_column,
                       int64_t columns, real *panel) {
    const GemmMatrix *m = matrix;
    const real *from = m->data + first_depth * m->stride + first_column;
    for (int64_t k = 0; k < depth; k++)
        vector_copy(panel + k * GEMM_COLUMNS, from + k * m->stride, columns);
}

static void pack_right_transposed(const void *matrix, int64_t first_depth, int64_t depth,
                                  int64_t first_column, int64_t columns, real *panel) {
    const GemmMatrix *m = matrix;
    const real *from = m->data + first_column * m->stride + first_depth;
    for (int64_t first = 0; first < depth; first += TRANSPOSE_DEPTH) {
        const int64_t end = first + TRANSPOSE_DEPTH < depth ? first + TRANSPOSE_DEPTH : depth;
        for (int64_t j = 0; j < columns; j++)
            for (int64_t k = first; k < end; k++)
                panel[k * GEMM_COLUMNS + j] = from[j * m->stride + k];
    }
}

static void locate_row(const void *matrix, int64_t first_row, int64_t rows, real **row) {
    const GemmOutput *output = matrix;
    for (int64_t r = 0; r < rows; r++) row[r] = output->data + (first_row + r) * output->stride;
}

GemmLeft gemm_left(const GemmMatrix *matrix) {
    return (GemmLeft){ matrix, matrix->transposed ? pack_left_transposed : pack_left };
}

GemmRight gemm_right(const GemmMatrix *matrix) {
    return (GemmRight){ matrix, matrix->transposed ? pack_right_transposed : pack_right };
}

GemmResult gemm_result(const GemmOutput *output) {
    return (GemmResult){ output, locate_row };
}

void gemm(int64_t rows, int64_t columns, int64_t depth, GemmMatrix left, GemmMatrix right, real *c,
          int64_t c_stride, bool accumulate, const real *bias) {
    const GemmOutput output = { c, c_stride };
    gemm_run(&(Gemm){ rows, columns, depth, gemm_left(&left), gemm_right(&right),
                      gemm_result(&output), accumulate, bias });
}
