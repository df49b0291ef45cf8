/* pool.h - the windows of the pooling ops, shared by max and average, CPU and GPU. */
#ifndef AUTOGRAD_POOL_H
#define AUTOGRAD_POOL_H

#include "autograd/graph.h"

typedef struct Pool {
    int64_t kernel, stride, padding;
} Pool;

/* first, first + 1, ..., end - 1. */
typedef struct Span {
    int64_t first, end;
} Span;

/* The shape rule: x is [B,H,W,C]. A padding of at most half the kernel leaves no window without an
 * element of x. */
bool pool_shape(Node *node, Error *error);

/* The positions of x, of `size`, that window `out` covers. */
static inline HD Span pool_window(const Pool *pool, int64_t out, int64_t size) {
    const int64_t first = out * pool->stride - pool->padding, end = first + pool->kernel;
    const Span span = { first < 0 ? 0 : first, end > size ? size : end };
    return span;
}

/* The windows, of `windows`, that cover position `at`. */
static inline HD Span pool_covering(const Pool *pool, int64_t at, int64_t windows) {
    const int64_t past = at + pool->padding - pool->kernel; /* windows starting here end before */
    const int64_t end = (at + pool->padding) / pool->stride + 1;
    const Span span = { past < 0 ? 0 : past / pool->stride + 1, end > windows ? windows : end };
    return span;
}

/* Where (h, w) lies in window (oh, ow), counted by rows. */
static inline HD int64_t pool_place(const Pool *pool, int64_t oh, int64_t ow, int64_t h,
                                    int64_t w) {
    return (h + pool->padding - oh * pool->stride) * pool->kernel + w + pool->padding -
           ow * pool->stride;
}

/* Whether x takes the place of the largest so far: NaN beats all, and equals leave the first. */
static inline HD bool pool_wins(real x, real best) {
    return x > best || x != x;
}

#endif
