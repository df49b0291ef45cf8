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
#include "tensor/kernels/gemm_matrix.h"

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

/* c[rows, columns] (= or, with accumulate, +=) left[rows, depth] right[depth, columns]
 * + bias[columns] (may be NULL). c does not overlap the others. */
void gemm(int64_t rows, int64_t columns, int64_t depth, GemmMatrix left, GemmMatrix right, real *c,
          int64_t c_stride, bool accumulate, const real *bias);

#endif
