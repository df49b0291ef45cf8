/* gemm_narrow.h - products with a handful of columns, as the last layer of a segmentation has.
 *
 * The micro-kernel's vectors run along the columns; with 4 columns three quarters of a vector of 16
 * stay empty. Here vectors run along the depth: each element of the result is a dot product, summed
 * by lanes. The lanes of several elements are then added together, in a tree of the shape of
 * vector_transpose.h's.
 */
#ifndef TENSOR_GEMM_NARROW_H
#define TENSOR_GEMM_NARROW_H

#include "tensor/gemm.h"

/* Whether gemm_narrow_run can take the product, and is the faster way. */
bool gemm_is_narrow(const Gemm *problem);

void gemm_narrow_run(const Gemm *problem);

#endif
