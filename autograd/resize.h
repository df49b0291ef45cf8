/* resize.h - which input pixels an output pixel of a bilinear resize reads, along one axis; shared
 * by CPU and GPU. The formulas stand in autograd/resize_bilinear.c. */
#ifndef AUTOGRAD_RESIZE_H
#define AUTOGRAD_RESIZE_H

#include "tensor/real.h"

/* Positions are 32-bit integers, which GPUs divide many times faster than 64-bit ones. No side of
 * an input or output may exceed this, so that products fit. */
enum { RESIZE_SIDE_MOST = 1 << 15 };

typedef struct ResizeTap {
    int near, far; /* the two inputs; equal at the border */
    real weight;   /* of far; near has 1 - weight */
} ResizeTap;

typedef struct ResizeSpan {
    int first, end;
} ResizeSpan;

static inline HD ResizeTap resize_tap(int o, int in, int out) {
    const int numerator = (2 * o + 1) * in - out; /* position times 2 out */
    ResizeTap tap = { 0, 0, 0 };
    if (numerator > 0) {
        tap.near = numerator / (2 * out);
        tap.weight = (real)(numerator % (2 * out)) / (real)(2 * out);
    }
    tap.far = tap.near + 1 < in ? tap.near + 1 : tap.near;
    return tap;
}

/* The weight of input i in output o. It follows from their distance, without the division in
 * resize_tap: only inputs less than 1 away have a weight. */
static inline HD real resize_share(int i, int o, int in, int out) {
    const int numerator = (2 * o + 1) * in - out; /* position times 2 out */
    const int past = numerator - 2 * i * out;     /* position - i, times 2 out */
    if (numerator <= 0) return i == 0;
    if (past <= -2 * out || past >= 2 * out) return 0;
    if (past < 0) return (real)(past + 2 * out) / (real)(2 * out); /* i is far */
    const real far = (real)past / (real)(2 * out);                 /* i is near */
    return i + 1 < in ? 1 - far : 1 - far + far;                   /* and at the border both */
}

/* The outputs that read input i (and perhaps one more at either end, with share 0): those with
 * i - 1 < position < i + 1, hence (2 i - 1) out < (2 o + 1) in < (2 i + 3) out; the first and last
 * input also replace the pixels outside the image. */
static inline HD ResizeSpan resize_readers(int i, int in, int out) {
    ResizeSpan span = { 0, out };
    if (i > 0) span.first = ((2 * i - 1) * out / in - 1) / 2;
    if (i + 1 < in && ((2 * i + 3) * out / in + 1) / 2 < out)
        span.end = ((2 * i + 3) * out / in + 1) / 2;
    return span;
}

#endif
