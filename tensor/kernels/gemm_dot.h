/* gemm_dot.h - products of few columns or few rows, by dot products.
 *
 * The vectors of gemm_tile.h run along the columns of the result. With 4 columns, as the last layer
 * of a segmentation has, three quarters of a vector of 16 stay empty; with few rows, as a single
 * image has deep in a network, turning a large right factor so takes longer than the product. Here
 * vectors run along the depth: each element of the result is the dot product of a row and a column
 * that both lie together in memory. Columns are read from where they are; only a few that lie apart
 * are transposed.
 */
#ifndef TENSOR_GEMM_DOT_H
#define TENSOR_GEMM_DOT_H

#include "tensor/kernels/gemm.h"

/* Whether gemm_dot_run can take the product, and is the faster way. */
bool gemm_dot_should(const Gemm *problem);

void gemm_dot_run(const Gemm *problem);

#endif
