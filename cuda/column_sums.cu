/* Sums over rows, and the chunks of wide rows that these and other kernels use.
 *
 * The plain kernel, column_sums_of_rows, sums few rows. For many rows it is the second step: the
 * first step reads them in vectors and writes one wide row of sums per chunk. A wide row is `fold`
 * rows end to end, so these form a matrix [chunks * fold, channels], which the plain kernel
 * sums. */
#include "cuda/column_sums.h"

#include "cuda/row_chunks.h"

/* A block of the plain kernel: so many adjacent channels, which fill a memory sector of 32 bytes,
 * and so many lanes down the rows. */
enum { COLUMNS = 8, LANES = 32, PLAIN_THREADS = COLUMNS * LANES };

/* Up to this many rows the plain kernel has at most 16 loads a lane, and suffices. */
enum { FEW_ROWS = 512, SUM_BLOCKS = 512 };

/* A thread has at least 4 steps, so that its constants and the fold of the lanes cost little. */
enum { SPAN_MOST = 64, STEPS_LEAST = 4 };

static int64_t greatest_common_divisor(int64_t a, int64_t b) {
    return b ? greatest_common_divisor(b, a % b) : a;
}

GpuRowChunks gpu_row_chunks(int64_t rows, int64_t channels, int blocks) {
    GpuRowChunks split;
    split.elements = rows * channels;
    split.channels = (int)channels;
    split.fold = (int)(GPU_VECTOR / greatest_common_divisor(GPU_VECTOR, channels));
    split.vectors = (int)(split.fold * channels / GPU_VECTOR);
    split.spans = (int)gpu_divide_up(split.vectors, SPAN_MOST);
    split.span = (int)gpu_divide_up(split.vectors, split.spans);
    split.lanes = GPU_WIDE_THREADS / split.span;
    const int64_t wide = gpu_divide_up(rows, split.fold);
    const int64_t most = blocks > split.spans ? blocks / split.spans : 1;
    int64_t steps = gpu_divide_up(gpu_divide_up(wide, most), split.lanes);
    if (steps < STEPS_LEAST) steps = STEPS_LEAST;
    split.chunk = steps * split.lanes;
    split.chunks = gpu_divide_up(wide, split.chunk);
    return split;
}

typedef struct SumChunks {
    GpuRowChunks split;
    const real *a, *b;
    real *partial; /* [chunks, width] */
} SumChunks;

typedef struct SumChunksShared {
    GpuVector sums[GPU_WIDE_THREADS];
} SumChunksShared;

GPU_KERNEL_SHARED(column_sums_of_chunks, GPU_WIDE_THREADS, SumChunks, SumChunksShared) {
    const GpuWidePlace place = gpu_wide_place(&a->split);
    const int64_t n = a->split.elements;
    GpuVector sums = { { 0 } };
    for (int64_t i = place.begin; i < place.end; i += place.step) {
        GpuVector v = gpu_vector_load(a->a, i, n);
        if (a->b) {
            const GpuVector b = gpu_vector_load(a->b, i, n);
            for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] *= b.lane[k];
        }
        for (int k = 0; k < GPU_VECTOR; k++) sums.lane[k] += v.lane[k];
    }
    shared->sums[gpu_thread()] = sums;
    gpu_wide_fold(&a->split, shared->sums);
    if (place.lane == 0 && place.column < a->split.vectors)
        *(GpuVector *)(a->partial + place.chunk * gpu_wide_width(&a->split) +
                       place.column * GPU_VECTOR) = shared->sums[gpu_thread()];
}

typedef struct SumRows {
    int64_t rows, channels; /* of each group */
    const real *a, *b;
    real divisor;
    Gradient to;
} SumRows;

typedef struct SumRowsShared {
    real sums[PLAIN_THREADS];
} SumRowsShared;

/* One block for COLUMNS channels of one group. */
GPU_KERNEL_SHARED(column_sums_of_rows, PLAIN_THREADS, SumRows, SumRowsShared) {
    const int thread = gpu_thread(), lane = thread / COLUMNS;
    const int blocks_wide = (int)((a->channels + COLUMNS - 1) / COLUMNS);
    const int64_t group = gpu_block() / blocks_wide;
    const int64_t c = (int64_t)(gpu_block() % blocks_wide) * COLUMNS + thread % COLUMNS;
    const int64_t begin = group * a->rows * a->channels, n = a->rows * a->channels;
    real sum = 0;
    if (c < a->channels)
        for (int64_t i = lane * a->channels + c; i < n; i += LANES * a->channels)
            sum += a->b ? a->a[begin + i] * a->b[begin + i] : a->a[begin + i];
    shared->sums[thread] = sum;
    for (int half = LANES / 2; half > 0; half /= 2) {
        gpu_barrier();
        if (lane < half) shared->sums[thread] += shared->sums[thread + half * COLUMNS];
    }
    if (lane == 0 && c < a->channels)
        gradient_store(a->to, group * a->channels + c, shared->sums[thread] / a->divisor);
}

static void sum_rows(int64_t groups, int64_t rows, int64_t channels, const real *a, const real *b,
                     real divisor, Gradient to) {
    const SumRows arguments = { rows, channels, a, b, divisor, to };
    gpu_launch(&column_sums_of_rows, groups * gpu_divide_up(channels, COLUMNS), &arguments);
}

static void sum_in_two_steps(int64_t rows, int64_t channels, const real *a, const real *b,
                             real divisor, Gradient to) {
    const GpuRowChunks split = gpu_row_chunks(rows, channels, SUM_BLOCKS);
    Tensor partial = gpu_scratch(split.chunks * gpu_wide_width(&split));
    const SumChunks arguments = { split, a, b, partial.data };
    gpu_launch(&column_sums_of_chunks, gpu_wide_blocks(&split), &arguments);
    sum_rows(1, split.chunks * split.fold, channels, partial.data, NULL, divisor, to);
    tensor_release(&partial);
}

void gpu_column_sums(int64_t rows, int64_t channels, const real *a, const real *b, Gradient to) {
    if (rows <= FEW_ROWS)
        sum_rows(1, rows, channels, a, b, 1, to);
    else
        sum_in_two_steps(rows, channels, a, b, 1, to);
}

/* With several groups, the rows of a group need not start where a vector does. The plain kernel
 * sums them, whatever their number, and has enough blocks because there are several groups. */
void gpu_column_means(int64_t groups, int64_t rows, int64_t channels, const real *x, real *to) {
    const Gradient means = { to, false };
    if (groups > 1 || rows <= FEW_ROWS)
        sum_rows(groups, rows, channels, x, NULL, (real)rows, means);
    else
        sum_in_two_steps(rows, channels, x, NULL, (real)rows, means);
}

/* ---- Backward of the means ---- */

enum { SPREAD_STEPS = 8, SPREAD_CHUNK = PLAIN_THREADS * SPREAD_STEPS };

typedef struct SpreadRows {
    int64_t size, chunks; /* elements of a group; blocks of a group */
    int channels;
    real divisor;
    const real *dy;
    Gradient to;
} SpreadRows;

/* A thread's channel advances with it: one remainder first, then additions. */
GPU_KERNEL(column_sums_spread, PLAIN_THREADS, SpreadRows) {
    const int64_t group = gpu_block() / a->chunks, begin = gpu_block() % a->chunks * SPREAD_CHUNK;
    const int64_t end = begin + SPREAD_CHUNK < a->size ? begin + SPREAD_CHUNK : a->size;
    const real *dy = a->dy + group * a->channels;
    const int step = PLAIN_THREADS % a->channels;
    int c = (int)((begin + gpu_thread()) % a->channels);
    for (int64_t i = begin + gpu_thread(); i < end; i += PLAIN_THREADS) {
        gradient_store(a->to, group * a->size + i, dy[c] / a->divisor);
        c += step;
        if (c >= a->channels) c -= a->channels;
    }
}

void gpu_spread_over_rows(int64_t groups, int64_t rows, int64_t channels, const real *dy,
                          Gradient to) {
    const int64_t size = rows * channels, chunks = gpu_divide_up(size, SPREAD_CHUNK);
    const SpreadRows arguments = { size, chunks, (int)channels, (real)rows, dy, to };
    gpu_launch(&column_sums_spread, groups * chunks, &arguments);
}
