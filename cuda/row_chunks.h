/* row_chunks.h - split a kernel over [rows, channels] into chunks, when each channel has its own
 * constants or its own sum.
 *
 * A wide row is `fold` rows end to end, the fewest that are whole vectors of 16 bytes: with 64
 * channels one row, with 3 channels and vectors of 4 reals four rows, which are 3 vectors. Element
 * j of a wide row belongs to channel j mod channels. So memory is always read in vectors, and a
 * thread that moves down the wide rows stays in the same channels, whose constants or sums it keeps
 * in registers.
 *
 *     block:  lanes x span threads. Neighbours along the span read neighbouring vectors; the lanes
 *             take the wide rows of the chunk in turn. A few threads may be left without work.
 *     grid:   chunks of wide rows, times the spans that a wide row needs
 *
 *     const GpuWidePlace place = gpu_wide_place(&a->split);
 *     for (int64_t i = place.begin; i < place.end; i += place.step) ... elements i..i+GPU_VECTOR-1
 *
 * The chunks depend only on the shape. The CPU's are in autograd/row_chunks.h.
 */
#ifndef CUDA_WIDE_ROWS_H
#define CUDA_WIDE_ROWS_H

#include "cuda/gpu_vector.h"

enum { GPU_WIDE_THREADS = 256 };

typedef struct GpuRowChunks {
    int64_t elements, chunk, chunks; /* chunk: wide rows, a multiple of lanes */
    int channels, fold;
    int vectors; /* of a wide row */
    int span, spans, lanes;
} GpuRowChunks;

C_HEADERS_BEGIN

/* For about `blocks` blocks at most. rows and channels are not 0. */
GpuRowChunks gpu_row_chunks(int64_t rows, int64_t channels, int blocks);

C_HEADERS_END

static inline int64_t gpu_wide_blocks(const GpuRowChunks *split) {
    return split->chunks * split->spans;
}

/* Elements of a wide row. */
static inline HD int64_t gpu_wide_width(const GpuRowChunks *split) {
    return (int64_t)split->vectors * GPU_VECTOR;
}

typedef struct GpuWidePlace {
    int64_t begin, end, step; /* elements; no step at all for a thread without work */
    int64_t chunk;
    int lane, column; /* column: the vector of the wide row */
} GpuWidePlace;

static GPU_DEVICE GpuWidePlace gpu_wide_place(const GpuRowChunks *split) {
    const int spans = split->spans, chunk = gpu_block() / spans;
    const int lane = gpu_thread() / split->span;
    const int column = gpu_block() % spans * split->span + gpu_thread() % split->span;
    const int64_t width = gpu_wide_width(split), end = (chunk + 1) * split->chunk * width;
    GpuWidePlace place = { 0, 0, split->lanes * width, chunk, lane, column };
    if (lane >= split->lanes || column >= split->vectors) return place;
    place.begin = (chunk * split->chunk + lane) * width + (int64_t)column * GPU_VECTOR;
    place.end = end < split->elements ? end : split->elements;
    return place;
}

/* The channel of element k of this thread's vectors. */
static GPU_DEVICE int gpu_wide_channel(const GpuRowChunks *split, const GpuWidePlace *place,
                                       int k) {
    return (place->column * GPU_VECTOR + k) % split->channels;
}

/* values[channels] at each of this thread's channels. */
static GPU_DEVICE GpuVector gpu_wide_constants(const GpuRowChunks *split, const GpuWidePlace *place,
                                               const real *values) {
    GpuVector constants;
    for (int k = 0; k < GPU_VECTOR; k++)
        constants.lane[k] = values[gpu_wide_channel(split, place, k)];
    return constants;
}

/* sums[GPU_WIDE_THREADS] in shared memory, one for each thread: adds the lanes pairwise. Lane 0
 * then has the sum of the block. All threads take part. */
static GPU_DEVICE void gpu_wide_fold(const GpuRowChunks *split, GpuVector *sums) {
    const int thread = gpu_thread(), lane = thread / split->span;
    for (int half = 1; half < split->lanes; half *= 2) {
        gpu_barrier();
        if (lane % (2 * half) != 0 || lane + half >= split->lanes) continue;
        for (int k = 0; k < GPU_VECTOR; k++)
            sums[thread].lane[k] += sums[thread + half * split->span].lane[k];
    }
}

#endif
