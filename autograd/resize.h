/* resize.h - which input pixels an output pixel of a bilinear resize reads, along one axis; shared
 * by CPU and GPU. The formulas stand in autograd/resize_bilinear.c. */
#ifndef AUTOGRAD_RESIZE_H
#define AUTOGRAD_RESIZE_H

#include "tensor/real.h"

typedef struct ResizeTap {
    int64_t near, far; /* the two inputs; equal at the border */
    real weight;       /* of far; near has 1 - weight */
} ResizeTap;

typedef struct ResizeSpan {
    int64_t first, end;
} ResizeSpan;

static inline HD ResizeTap resize_tap(int64_t o, int64_t in, int64_t out) {
    const int64_t numerator = (2 * o + 1) * in - out; /* position times 2 out */
    ResizeTap tap = { 0, 0, 0 };
    if (numerator > 0) {
        tap.near = numerator / (2 * out);
        tap.weight = (real)(numerator % (2 * out)) / (real)(2 * out);
    }
    tap.far = tap.near + 1 < in ? tap.near + 1 : tap.near;
    return tap;
}

/* How much of output o is input i. */
static inline HD real resize_share(int64_t i, int64_t o, int64_t in, int64_t out) {
    const ResizeTap tap = resize_tap(o, in, out);
    return (tap.near == i ? 1 - tap.weight : 0) + (tap.far == i ? tap.weight : 0);
}

/* The outputs that read input i (and perhaps one more at either end, with share 0): those with
 * i - 1 < position < i + 1; the first and last input also stand in for what lies outside. */
static inline HD ResizeSpan resize_readers(int64_t i, int64_t in, int64_t out) {
    const int64_t low = (2 * i - 1) * out, high = (2 * i + 3) * out; /* (2 o + 1) in: between */
    ResizeSpan span = { 0, out };
    if (i > 0) span.first = (low / in - 1) / 2;
    if (i + 1 < in && (high / in + 1) / 2 < out) span.end = (high / in + 1) / 2;
    return span;
}

#endif
