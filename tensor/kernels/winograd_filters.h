/* winograd_filters.h - transform filters into the panels that Winograd's convolutions read.
 *
 * Forward sums over input channels and its columns are output channels; the gradient of the image
 * does the reverse with filters rotated by 180 degrees. Below, `depth` is the dimension summed
 * over.
 */
#ifndef TENSOR_WINOGRAD_FILTERS_H
#define TENSOR_WINOGRAD_FILTERS_H

#include "tensor/kernels/winograd_panels.h"

enum {
    WINOGRAD_FILTER_TAPS = WINOGRAD_TAPS * WINOGRAD_TAPS,
    WINOGRAD_DEPTH = 256 / sizeof(real) /* of a block, at most: what is transformed stays in the
                                           second-level cache */
};

typedef struct WinogradFilters {
    const real *weight;     /* [columns][3][3][depth], or rotated: [depth][3][3][columns] */
    int64_t columns, depth; /* channels of the result, and of the image */
    bool rotated;
} WinogradFilters;

/* taps[depth][9][VECTOR_LANES]: depths [first, first + depth) of one vector of columns; zeros in
 * those that do not exist. Not for rotated filters, which already have this layout in memory. */
void winograd_taps(const WinogradFilters *filters, int64_t column, int64_t first, int64_t depth,
                   real *taps);

/* The same depths, transformed: a right panel for each position. */
void winograd_filter_panels(const WinogradFilters *filters, int64_t column, int64_t first,
                            int64_t depth, const PositionLayout *layout, real *panels);

#endif
