/* row_chunks.c - the sizes of chunks, and sums over the rows of each channel. */
#include "autograd/row_chunks.h"

#include "autograd/reduce.h"
#include "tensor/parallel.h"

#include <omp.h>
#include <string.h>

/* Batch norm reads a chunk twice: 32768 floats stay in a second-level cache in between. Small
 * tensors have smaller chunks, to employ many threads; but the sums, width elements per chunk, must
 * stay small compared with the chunk. */
enum { WIDTH_AT_LEAST = 128, CHUNK_AT_MOST = 32768, CHUNKS = 64, CHUNK_WIDE_ROWS_AT_LEAST = 16 };

RowChunks row_chunks(const Shape *shape) {
    RowChunks split = { .channels = shape_last(shape), .elements = shape_elements(shape) };
    const int64_t channels = split.channels ? split.channels : 1;
    split.lanes = (WIDTH_AT_LEAST + channels - 1) / channels;
    split.width = split.lanes * channels;
    const int64_t even = split.elements / CHUNKS;
    int64_t chunk_rows = (even < CHUNK_AT_MOST ? even : CHUNK_AT_MOST) / split.width;
    if (chunk_rows < CHUNK_WIDE_ROWS_AT_LEAST) chunk_rows = CHUNK_WIDE_ROWS_AT_LEAST;
    split.chunk_elements = chunk_rows * split.width;
    split.chunks = (split.elements + split.chunk_elements - 1) / split.chunk_elements;
    return split;
}

RowChunksShare row_chunks_share(const RowChunks *split) {
    const int64_t thread = omp_get_thread_num(), threads = omp_get_num_threads();
    return (RowChunksShare){ split->chunks * thread / threads,
                             split->chunks * (thread + 1) / threads };
}

void row_chunks_sum(const RowChunks *split, const real *x, int64_t n, real *sums) {
    real *restrict sum = sums;
    memset(sum, 0, (size_t)split->width * sizeof *sum);
    for (int64_t i = 0; i < n; i += split->width) {
        const int64_t count = n - i < split->width ? n - i : split->width;
        for (int64_t j = 0; j < count; j++) sum[j] += x[i + j];
    }
}

static void sum_products(const RowChunks *split, const real *a, const real *b, int64_t n,
                         real *sums) {
    real *restrict sum = sums;
    memset(sum, 0, (size_t)split->width * sizeof *sum);
    for (int64_t i = 0; i < n; i += split->width) {
        const int64_t count = n - i < split->width ? n - i : split->width;
        for (int64_t j = 0; j < count; j++) sum[j] += a[i + j] * b[i + j];
    }
}

void row_chunks_fold(const RowChunks *split, real *sums) {
    const int64_t channels = split->channels;
    for (int64_t half = 1; half < split->lanes; half *= 2)
        for (int64_t lane = 0; lane + half < split->lanes; lane += 2 * half) {
            real *to = sums + lane * channels;
            const real *from = sums + (lane + half) * channels;
            for (int64_t c = 0; c < channels; c++) to[c] += from[c];
        }
}

void row_chunks_spread(const RowChunks *split, real *values) {
    for (int64_t j = split->channels; j < split->width; j++)
        values[j] = values[j - split->channels];
}

void column_sums(const RowChunks *split, const real *a, const real *b, real *partial,
                 real *result) {
#pragma omp parallel for schedule(static) if (parallel_pays(split->elements))
    for (int64_t chunk = 0; chunk < split->chunks; chunk++) {
        const int64_t start = row_chunks_start(split, chunk), n = row_chunks_count(split, chunk);
        real *sums = partial + chunk * split->width;
        if (b)
            sum_products(split, a + start, b + start, n, sums);
        else
            row_chunks_sum(split, a + start, n, sums);
        row_chunks_fold(split, sums);
    }
    for (int64_t c = 0; c < split->channels; c++)
        result[c] = reduce_pairwise(partial + c, split->chunks, split->width);
}

Shape column_sums_room(const Shape *shape) {
    const RowChunks split = row_chunks(shape);
    return shape_2(split.chunks, split.width);
}
