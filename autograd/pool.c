/* pool.c - the output shape of a pooling op, and what it refuses. */
#include "autograd/pool.h"

bool pool_shape(Node *node, Error *error) {
    const Pool *pool = node->attributes;
    const Shape *x = &node->inputs[0]->shape;
    const long long kernel = pool->kernel, stride = pool->stride, padding = pool->padding;
    if (x->rank != 4) return error_set(error, "x must be [B,H,W,C]");
    if (kernel < 1 || stride < 1 || padding < 0 || padding > kernel / 2)
        return error_set(error,
                         "kernel %lld, stride %lld, padding %lld: kernel and stride must be 1 or "
                         "more, and the padding at most half the kernel",
                         kernel, stride, padding);
    if (x->size[1] > POOL_SIDE_MOST || x->size[2] > POOL_SIDE_MOST || kernel > POOL_KERNEL_MOST)
        return error_set(error, "no side may be above %d, and no kernel above %d", POOL_SIDE_MOST,
                         POOL_KERNEL_MOST);
    const int64_t high = x->size[1] + 2 * padding - kernel;
    const int64_t wide = x->size[2] + 2 * padding - kernel;
    if (high < 0 || wide < 0)
        return error_set(error, "a window of %lld with padding %lld is larger than the image",
                         kernel, padding);
    node->shape = shape_4(x->size[0], high / stride + 1, wide / stride + 1, x->size[3]);
    return true;
}
