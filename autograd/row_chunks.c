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
    RowChunks cut = { .channels = shape_last(shape), .elements = shape_elements(shape) };
    const int64_t channels = cut.channels ? cut.channels : 1;
    cut.lanes = (WIDTH_AT_LEAST + channels - 1) / channels;
    cut.width = cut.lanes * channels;
    const int64_t even = cut.elements / CHUNKS;
    int64_t chunk_rows = (even < CHUNK_AT_MOST ? even : CHUNK_AT_MOST) / cut.width;
    if (chunk_rows < CHUNK_WIDE_ROWS_AT_LEAST) chunk_rows = CHUNK_WIDE_ROWS_AT_LEAST;
    cut.chunk_elements = chunk_rows * cut.width;
    cut.chunks = (cut.elements + cut.chunk_elements - 1) / cut.chunk_elements;
    return cut;
}

RowChunksShare row_chunks_share(const RowChunks *cut) {
    const int64_t thread = omp_get_thread_num(), threads = omp_get_num_threads();
    return (RowChunksShare){ cut->chunks * thread / threads, cut->chunks * (thread + 1) / threads };
}

void row_chunks_sum(const RowChunks *cut, const real *x, int64_t n, real *sums) {
    real *restrict sum = sums;
    memset(sum, 0, (size_t)cut->width * sizeof *sum);
    for (int64_t i = 0; i < n; i += cut->width) {
        const int64_t count = n - i < cut->width ? n - i : cut->width;
        for (int64_t j = 0; j < count; j++) sum[j] += x[i + j];
    }
}

static void sum_products(const RowChunks *cut, const real *a, const real *b, int64_t n,
                         real *sums) {
    real *restrict sum = sums;
    memset(sum, 0, (size_t)cut->width * sizeof *sum);
    for (int64_t i = 0; i < n; i += cut->width) {
        const int64_t count = n - i < cut->width ? n - i : cut->width;
        for (int64_t j = 0; j < count; j++) sum[j] += a[i + j] * b[i + j];
    }
}

void row_chunks_fold(const RowChunks *cut, real *sums) {
    const int64_t channels = cut->channels;
    for (int64_t half = 1; half < cut->lanes; half *= 2)
        for (int64_t lane = 0; lane + half < cut->lanes; lane += 2 * half) {
            real *to = sums + lane * channels;
            const real *from = sums + (lane + half) * channels;
            for (int64_t c = 0; c < channels; c++) to[c] += from[c];
        }
}

void row_chunks_spread(const RowChunks *cut, real *values) {
    for (int64_t j = cut->channels; j < cut->width; j++) values[j] = values[j - cut->channels];
}

void column_sums(const RowChunks *cut, const real *a, const real *b, real *partial, real *result) {
#pragma omp parallel for schedule(static) if (parallel_pays(cut->elements))
    for (int64_t chunk = 0; chunk < cut->chunks; chunk++) {
        const int64_t start = row_chunks_start(cut, chunk), n = row_chunks_count(cut, chunk);
        real *sums = partial + chunk * cut->width;
        if (b)
            sum_products(cut, a + start, b + start, n, sums);
        else
            row_chunks_sum(cut, a + start, n, sums);
        row_chunks_fold(cut, sums);
    }
    for (int64_t c = 0; c < cut->channels; c++)
        result[c] = reduce_pairwise(partial + c, cut->chunks, cut->width);
}

Shape column_sums_room(const Shape *shape) {
    const RowChunks cut = row_chunks(shape);
    return shape_2(cut.chunks, cut.width);
}
