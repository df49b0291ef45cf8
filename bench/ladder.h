/* ladder.h - a matrix product and a convolution, one step faster at a time.
 *
 * Each rung changes one thing of the rung before and is otherwise as short as possible; the last of
 * each ladder is the library's own. All divide their rows among threads, so rungs can be compared
 * with each other and with the peak.
 */
#ifndef BENCH_LADDER_H
#define BENCH_LADDER_H

#include "tensor/kernels/conv2d_kernels.h"

/* c[n,n] = a[n,n] b[n,n], row-major. n is a multiple of 64. */
typedef struct GemmRung {
    const char *name;
    void (*run)(int64_t n, const real *a, const real *b, real *c);
} GemmRung;

/* y from x and weight (conv2d_kernels.h), a 3x3 convolution of stride 1 and padding 1 in one group.
 */
typedef struct ConvRung {
    const char *name;
    void (*run)(const Conv2dShape *shape, const real *x, const real *weight, real *y);
} ConvRung;

/* From naive to final; ended by an entry without a name. */
extern const GemmRung gemm_ladder[];
extern const ConvRung conv_ladder[];

#endif
