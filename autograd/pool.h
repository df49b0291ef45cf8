/* pool.h - the windows of the pooling ops, shared by max and average, CPU and GPU. */
#ifndef AUTOGRAD_POOL_H
#define AUTOGRAD_POOL_H

#include "autograd/graph.h"

typedef struct Pool {
    int kernel, stride, padding;
} Pool;

/* Positions along one axis are 32-bit integers, which GPUs divide many times faster than 64-bit
 * ones. An index in a window is stored in a real, which is exact up to 2^24. */
enum { POOL_SIDE_MOST = 1 << 28, POOL_KERNEL_MOST = 1 << 12 };

/* first, first + 1, ..., end - 1. */
typedef struct Span {
    int first, end;
} Span;

/* The shape rule: x is [B,H,W,C]. With a padding of at most half the kernel, every window contains
 * an element of x. */
bool pool_shape(Node *node, Error *error);

/* The positions of x, of `size`, that window `out` covers. */
static inline HD Span pool_window(const Pool *pool, int out, int size) {
    const int first = out * pool->stride - pool->padding, end = first + pool->kernel;
    const Span span = { first < 0 ? 0 : first, end > size ? size : end };
    return span;
}

/* The windows, of `windows`, that cover position `at`. */
static inline HD Span pool_covering(const Pool *pool, int at, int windows) {
    const int past = at + pool->padding - pool->kernel; /* windows starting here end before */
    const int end = (at + pool->padding) / pool->stride + 1;
    const Span span = { past < 0 ? 0 : past / pool->stride + 1, end > windows ? windows : end };
    return span;
}

/* The index of (h, w) in window (oh, ow), by rows. */
static inline HD int pool_place(const Pool *pool, int oh, int ow, int h, int w) {
    return (h + pool->padding - oh * pool->stride) * pool->kernel + w + pool->padding -
           ow * pool->stride;
}

/* Whether x replaces the largest value so far: NaN beats every number, and of equal values the
 * first wins. */
static inline HD bool pool_wins(real x, real best) {
    return x > best || x != x;
}

/* The same for values compared in any order: of equal values, the one with the lower index wins. */
static inline HD bool pool_wins_from(real x, real place, real best, real best_place) {
    return place > best_place ? pool_wins(x, best) : !pool_wins(best, x);
}

#endif
