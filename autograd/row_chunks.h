/* row_chunks.h - split a loop over [rows, channels] into chunks, when each channel has its own
 * constants or its own sum.
 *
 * With 3 channels a loop over one row is too short for vector registers. So several rows are
 * processed at a time: a wide row is `lanes` rows end to end, `width` = lanes * channels elements,
 * and element j of a wide row belongs to channel j mod channels. The chunks of wide rows depend
 * only on the shape, so sums are the same for any number of threads.
 */
#ifndef AUTOGRAD_WIDE_ROWS_H
#define AUTOGRAD_WIDE_ROWS_H

#include "tensor/tensor.h"

typedef struct RowChunks {
    int64_t channels, elements;
    int64_t lanes, width;
    int64_t chunk_elements; /* a multiple of width; the last chunk may be shorter */
    int64_t chunks;
} RowChunks;

/* The chunks of a tensor of this shape, whose last dimension is the channels. */
RowChunks row_chunks(const Shape *shape);

static inline int64_t row_chunks_start(const RowChunks *split, int64_t chunk) {
    return chunk * split->chunk_elements;
}

/* Number of elements of a chunk. */
static inline int64_t row_chunks_count(const RowChunks *split, int64_t chunk) {
    const int64_t left = split->elements - chunk * split->chunk_elements;
    return left < split->chunk_elements ? left : split->chunk_elements;
}

/* The chunks first .. end - 1 of the calling thread in a parallel region: the same ones in every
 * loop, so that the data are still in its cache. */
typedef struct RowChunksShare {
    int64_t first, end;
} RowChunksShare;

RowChunksShare row_chunks_share(const RowChunks *split);

/* sums[j] = the sum of column j of n elements in wide rows. */
void row_chunks_sum(const RowChunks *split, const real *x, int64_t n, real *sums);

/* Adds the lanes pairwise: sums[c] for c < channels is then the sum of the channel. */
void row_chunks_fold(const RowChunks *split, real *sums);

/* values[0..channels-1] repeated in every lane. */
void row_chunks_spread(const RowChunks *split, real *values);

/* Sums over the rows: result[c] = sum of a[row][c] * b[row][c]; b NULL: of a[row][c].
 * partial: room for split->chunks * split->width elements. */
void column_sums(const RowChunks *split, const real *a, const real *b, real *partial, real *result);

/* The shape of that room, for node_save. */
Shape column_sums_room(const Shape *shape);

#endif
