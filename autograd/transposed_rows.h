/* transposed_rows.h - a block of rows, transposed, for loops over rows of few channels.
 *
 * The pixels of a segmentation have a handful of channels: one row is too short for a vector
 * register. Transposed, a vector holds one channel of many rows, and the values of a row as a whole
 * (a label, a sum) form vectors too. Rows of many channels are processed a slice at a time.
 */
#ifndef AUTOGRAD_TRANSPOSED_ROWS_H
#define AUTOGRAD_TRANSPOSED_ROWS_H

#include "autograd/graph.h"

enum { TRANSPOSED_ROWS = 64, TRANSPOSED_CHANNELS = 16 };

typedef struct TransposedRows {
    int64_t rows, channels;
    real of[TRANSPOSED_CHANNELS][TRANSPOSED_ROWS];
} TransposedRows;

/* How many of `total` are left from `first` on, at most `most`. */
static inline int64_t transposed_left(int64_t total, int64_t first, int64_t most) {
    return total - first < most ? total - first : most;
}

/* Take rows x[0], x[stride], ...; rows that do not exist become 0. */
static inline void transposed_load(TransposedRows *block, const real *x, int64_t stride,
                                   int64_t rows, int64_t channels) {
    block->rows = rows;
    block->channels = channels;
    for (int64_t k = 0; k < channels; k++) {
        for (int64_t r = 0; r < rows; r++) block->of[k][r] = x[r * stride + k];
        for (int64_t r = rows; r < TRANSPOSED_ROWS; r++) block->of[k][r] = 0;
    }
}

static inline void transposed_store(const TransposedRows *block, int64_t stride, real *to) {
    for (int64_t k = 0; k < block->channels; k++)
        for (int64_t r = 0; r < block->rows; r++) to[r * stride + k] = block->of[k][r];
}

/* The same into a gradient, whose data begins at the first of the rows. */
static inline void transposed_store_gradient(const TransposedRows *block, int64_t stride,
                                             Gradient to) {
    if (!to.accumulate) {
        transposed_store(block, stride, to.data);
        return;
    }
    for (int64_t k = 0; k < block->channels; k++)
        for (int64_t r = 0; r < block->rows; r++) to.data[r * stride + k] += block->of[k][r];
}

#endif
