/* gemm_dot.h - products of few columns or few rows, by dot products.
 *
 * The vectors of gemm_tile.h run along the columns of the result. With 4 columns, as in the last
 * layer of a segmentation, three quarters of a vector of 16 stay empty. With few rows, as for a
 * single image deep in a network, packing a large right factor takes longer than the product. Here
 * vectors run along the depth: each element of the result is the dot product of a row and a column,
 * both contiguous in memory. Columns are read in place; only a few that are not contiguous are
 * transposed.
 */
#ifndef TENSOR_GEMM_DOT_H
#define TENSOR_GEMM_DOT_H

#include "tensor/kernels/gemm.h"

/* Whether gemm_dot_run can take the product, and is the faster way. */
bool gemm_dot_should(const Gemm *problem);

void gemm_dot_run(const Gemm *problem);

#endif
