/* GPU kernels of hadnet/model/afss_statistics.c: one pass over e and t.
 *
 * The channels of e are summed as in cuda/column_sums.cu: threads move down wide rows, lanes are
 * folded in a block, and a second kernel sums the results of the chunks, rows of [chunks * fold,
 * channels]. The target is a column of its own with its own chunks. Minima and maxima ignore NaN,
 * whatever its position; sums do not. */
#include "cuda/reduce.h"
#include "cuda/row_chunks.h"

C_HEADERS_BEGIN
#include "hadnet/model/afss_statistics.h"
#include "hadnet/ops.h"
C_HEADERS_END

enum { AFSS_BLOCKS = 512 };

/* The statistics of one channel: the rows of the result, except the target's, which is in between
 * and stays 0. */
typedef struct AfssChannel {
    real of[AFSS_ROWS];
} AfssChannel;

static GPU_DEVICE AfssChannel afss_nothing(void) {
    AfssChannel channel;
    for (int row = 0; row < AFSS_ROWS; row++) channel.of[row] = row == AFSS_LOW ? REAL_MAX : 0;
    return channel;
}

static GPU_DEVICE void afss_join(AfssChannel *to, const AfssChannel *from) {
    const real low = from->of[AFSS_LOW], high = from->of[AFSS_HIGH];
    to->of[AFSS_SUM] += from->of[AFSS_SUM];
    to->of[AFSS_SQUARE] += from->of[AFSS_SQUARE];
    to->of[AFSS_PRODUCT] += from->of[AFSS_PRODUCT];
    to->of[AFSS_BAD] += from->of[AFSS_BAD];
    if (low < to->of[AFSS_LOW]) to->of[AFSS_LOW] = low;
    if (high > to->of[AFSS_HIGH]) to->of[AFSS_HIGH] = high;
}

/* One pixel is a statistic of one. */
static GPU_DEVICE void afss_add(AfssChannel *to, real e, real t) {
    const real value = e * e;
    AfssChannel one = { { 0 } };
    one.of[AFSS_SUM] = value;
    one.of[AFSS_SQUARE] = value * value;
    one.of[AFSS_PRODUCT] = value * t;
    one.of[AFSS_LOW] = one.of[AFSS_HIGH] = value;
    one.of[AFSS_BAD] = value == value ? 0 : 1;
    afss_join(to, &one);
}

/* ---- Channels ---- */

typedef struct AfssChunks {
    GpuRowChunks split;
    const real *e, *t;
    real *partial; /* [chunks, AFSS_ROWS, width]; the target's row is not written */
} AfssChunks;

typedef struct AfssChunksShared {
    AfssChannel channel[GPU_VECTOR][GPU_WIDE_THREADS];
} AfssChunksShared;

GPU_KERNEL_SHARED(afss_statistics_chunks, GPU_WIDE_THREADS, AfssChunks, AfssChunksShared) {
    const GpuWidePlace place = gpu_wide_place(&a->split);
    const int thread = gpu_thread(), lanes = a->split.lanes, span = a->split.span;
    const int64_t width = gpu_wide_width(&a->split);
    AfssChannel channel[GPU_VECTOR];
    const real *t[GPU_VECTOR]; /* target of the pixel of element k */
    int64_t pixel = (place.chunk * a->split.chunk + place.lane) * a->split.fold;
    for (int k = 0; k < GPU_VECTOR; k++) {
        channel[k] = afss_nothing();
        t[k] = a->t + (place.column * GPU_VECTOR + k) / a->split.channels;
    }
    for (int64_t i = place.begin; i < place.end; i += place.step, pixel += lanes * a->split.fold) {
        const GpuVector e = gpu_vector_load(a->e, i, a->split.elements);
        for (int k = 0; k < GPU_VECTOR; k++)
            if (i + k < a->split.elements) afss_add(&channel[k], e.lane[k], t[k][pixel]);
    }
    for (int k = 0; k < GPU_VECTOR; k++) shared->channel[k][thread] = channel[k];
    for (int half = 1; half < lanes; half *= 2) {
        gpu_barrier();
        if (place.lane % (2 * half) != 0 || place.lane + half >= lanes) continue;
        for (int k = 0; k < GPU_VECTOR; k++)
            afss_join(&shared->channel[k][thread], &shared->channel[k][thread + half * span]);
    }
    if (place.lane > 0 || place.column >= a->split.vectors) return;
    for (int row = 0; row < AFSS_ROWS; row++)
        for (int k = 0; k < GPU_VECTOR; k++)
            a->partial[(place.chunk * AFSS_ROWS + row) * width + place.column * GPU_VECTOR + k] =
                shared->channel[k][thread].of[row];
}

/* ---- The target ---- */

typedef struct AfssTarget {
    real sum, square, low, high;
} AfssTarget;

static GPU_DEVICE void afss_join_target(AfssTarget *to, const AfssTarget *from) {
    to->sum += from->sum;
    to->square += from->square;
    if (from->low < to->low) to->low = from->low;
    if (from->high > to->high) to->high = from->high;
}

typedef struct AfssTargetShared {
    AfssTarget target[GPU_SUM_THREADS];
} AfssTargetShared;

/* Of the whole block, for thread 0. */
static GPU_DEVICE void afss_fold_target(AfssTarget *target) {
    const int thread = gpu_thread();
    for (int half = GPU_SUM_THREADS / 2; half > 0; half /= 2) {
        gpu_barrier();
        if (thread < half) afss_join_target(&target[thread], &target[thread + half]);
    }
}

typedef struct AfssTargetChunks {
    int64_t n, chunk;
    const real *t;
    AfssTarget *partial;
} AfssTargetChunks;

GPU_KERNEL_SHARED(afss_statistics_target, GPU_SUM_THREADS, AfssTargetChunks, AfssTargetShared) {
    const int64_t begin = gpu_block() * a->chunk;
    const int64_t end = begin + a->chunk < a->n ? begin + a->chunk : a->n;
    AfssTarget target = { 0, 0, REAL_MAX, -REAL_MAX };
    for (int64_t i = begin + gpu_thread(); i < end; i += GPU_SUM_THREADS) {
        const real t = a->t[i];
        const AfssTarget one = { t, t * t, t, t };
        afss_join_target(&target, &one);
    }
    shared->target[gpu_thread()] = target;
    afss_fold_target(shared->target);
    if (gpu_thread() == 0) a->partial[gpu_block()] = shared->target[0];
}

/* ---- The table ---- */

enum { COLUMNS = 8, LANES = 32, TABLE_THREADS = COLUMNS * LANES };

typedef struct AfssTable {
    GpuRowChunks split;
    int64_t columns, target_chunks;
    const real *partial;
    const AfssTarget *target;
    real *to; /* [AFSS_ROWS, columns] */
} AfssTable;

typedef struct AfssTableShared {
    AfssChannel channel[TABLE_THREADS];
} AfssTableShared;

GPU_KERNEL_SHARED(afss_statistics_table, TABLE_THREADS, AfssTable, AfssTableShared) {
    const int thread = gpu_thread(), lane = thread / COLUMNS;
    const int64_t c = (int64_t)gpu_block() * COLUMNS + thread % COLUMNS;
    const int64_t width = gpu_wide_width(&a->split), parts = a->split.chunks * a->split.fold;
    AfssChannel channel = afss_nothing();
    for (int64_t i = lane; c < a->split.channels && i < parts; i += LANES) {
        const real *from = a->partial + i / a->split.fold * AFSS_ROWS * width +
                           i % a->split.fold * a->split.channels + c;
        AfssChannel part;
        for (int row = 0; row < AFSS_ROWS; row++) part.of[row] = from[row * width];
        afss_join(&channel, &part);
    }
    shared->channel[thread] = channel;
    for (int half = LANES / 2; half > 0; half /= 2) {
        gpu_barrier();
        if (lane < half)
            afss_join(&shared->channel[thread], &shared->channel[thread + half * COLUMNS]);
    }
    if (lane > 0 || c >= a->columns) return;
    for (int row = 0; row < AFSS_ROWS; row++)
        if (row != AFSS_TARGET)
            a->to[row * a->columns + c] =
                c < a->split.channels ? shared->channel[thread].of[row] : 0;
}

/* The row of the target, by one block. */
GPU_KERNEL_SHARED(afss_statistics_target_row, GPU_SUM_THREADS, AfssTable, AfssTargetShared) {
    AfssTarget target = { 0, 0, REAL_MAX, -REAL_MAX };
    real *to = a->to + AFSS_TARGET * a->columns;
    for (int64_t i = gpu_thread(); i < a->target_chunks; i += GPU_SUM_THREADS)
        afss_join_target(&target, &a->target[i]);
    shared->target[gpu_thread()] = target;
    afss_fold_target(shared->target);
    for (int64_t c = 4 + gpu_thread(); c < a->columns; c += GPU_SUM_THREADS) to[c] = 0;
    if (gpu_thread() > 0) return;
    to[0] = shared->target[0].sum;
    to[1] = shared->target[0].square;
    to[2] = shared->target[0].low;
    to[3] = shared->target[0].high;
}

GPU_OP(afss_statistics_forward) {
    const Shape *shape = &node->inputs[0]->shape;
    const int64_t pixels = shape_rows(shape), columns = node->shape.size[1];
    const real *e = node->inputs[0]->value.data, *t = node->inputs[1]->value.data;
    const GpuRowChunks split = gpu_row_chunks(pixels, shape_last(shape), AFSS_BLOCKS);
    const GpuChunks chunks = gpu_chunks(pixels);
    Tensor partial = gpu_scratch(split.chunks * AFSS_ROWS * gpu_wide_width(&split));
    Tensor target = gpu_scratch(chunks.count * (int64_t)(sizeof(AfssTarget) / sizeof(real)));
    const AfssChunks of_channels = { split, e, t, partial.data };
    const AfssTargetChunks of_target = { pixels, chunks.elements, t, (AfssTarget *)target.data };
    const AfssTable table = { split,        columns,           chunks.count,
                              partial.data, of_target.partial, node->value.data };
    gpu_launch(&afss_statistics_chunks, gpu_wide_blocks(&split), &of_channels);
    gpu_launch(&afss_statistics_target, chunks.count, &of_target);
    gpu_launch(&afss_statistics_table, gpu_divide_up(columns, COLUMNS), &table);
    gpu_launch(&afss_statistics_target_row, 1, &table);
    tensor_release(&target);
    tensor_release(&partial);
}
