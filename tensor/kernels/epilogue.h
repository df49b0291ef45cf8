/* epilogue.h - an operation applied to the results of a product or a convolution while they are in
 * the cache: a batch norm, a ReLU, the sum with another tensor.
 *
 * apply changes values[0..count-1], which are complete, contiguous in the result, and belong to one
 * row of it (one pixel). It is called once for every element, from several threads at once. The
 * address of values determines which elements they are.
 */
#ifndef TENSOR_EPILOGUE_H
#define TENSOR_EPILOGUE_H

#include "tensor/real.h"

typedef struct Epilogue {
    const void *context;
    void (*apply)(const void *context, real *values, int64_t count);
} Epilogue;

/* NULL: nothing is to be done. */
static inline void epilogue_apply(const Epilogue *epilogue, real *values, int64_t count) {
    if (epilogue) epilogue->apply(epilogue->context, values, count);
}

#endif
