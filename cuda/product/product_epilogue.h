/* product_epilogue.h - operations fused into the store of a product or convolution. As kernels of
 * their own they would read and write the whole output again. */
#ifndef CUDA_PRODUCT_EPILOGUE_H
#define CUDA_PRODUCT_EPILOGUE_H

#include "cuda/port/c_headers.h"

C_HEADERS_BEGIN
#include "tensor/real.h"
C_HEADERS_END

/* v = scale[channel] sum + shift[channel] + residual;  v = max(v, 0) if relu;  v += old value if
 * accumulate. NULL: no such term. residual has the layout of the output. A bias is a shift; a batch
 * norm in inference is a scale and a shift. */
typedef struct ProductEpilogue {
    const real *scale, *shift, *residual;
    bool relu, accumulate;
} ProductEpilogue;

/* A bias (NULL: none), or an old value to add to. */
static inline ProductEpilogue product_epilogue(const real *bias, bool accumulate) {
    const ProductEpilogue epilogue = { NULL, bias, NULL, false, accumulate };
    return epilogue;
}

#endif
