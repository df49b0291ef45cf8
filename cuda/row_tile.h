/* row_tile.h - kernels that process whole rows, one thread per row.
 *
 * The formulas of hyp/ are functions of whole rows, so one thread computes one row. Reading global
 * memory directly, neighbouring threads would read `width` reals apart, once for every sum.
 * Instead a block copies a tile of rows, which is contiguous in memory:
 *     load     the block copies the tile into shared memory, 16 bytes per thread at a time
 *     compute  each thread walks over its own row there, as often as it likes
 *     store    the block copies results back, 16 bytes per thread at a time
 * so that memory is read once and written once, whatever the formula. A row starts an odd number
 * of reals after the one before: element i of 32 rows is then in 32 different banks.
 *
 * A kernel has a few parts, each with rows of its own width. A part may be loaded, stored, or both:
 * then the result replaces the input in its tile, which formulas allow that read element i of their
 * rows, once their sums are known, before they write it.
 *
 *     static GPU_DEVICE void halving_row(const Halving *a, const Row *row) {
 *         for (int64_t i = 0; i < a->n; i++) row->out[0].data[i] = row->in[0][i] / 2;
 *     }
 *     ROW_KERNELS(halving, 1, Halving)         (struct Halving has a member: Rows rows)
 *     ...
 *     rows_launch(&halving, &arguments.rows, &arguments);
 *
 * Rows too wide for the shared memory (fewer rows than a vector has lanes would fit) stay in global
 * memory, and in and out point there. Row functions work the same, except that an output that is
 * not needed is NULL.
 */
#ifndef CUDA_ROW_TILE_H
#define CUDA_ROW_TILE_H

#include "cuda/gpu_vector.h"

/* Three parts of 64 floats fill 25 KB with 32 rows, one warp. Six to eight such blocks share one
 * multiprocessor, and while some wait for memory others compute. The other threads of a block only
 * help to copy, and hold registers, so there are just enough for that. */
enum {
    ROW_TILE_THREADS = 128,
    ROW_TILE_STEP = ROW_TILE_THREADS * (int)GPU_VECTOR, /* reals that a block copies at once */
    ROW_TILE_REALS = 25600 / (int)sizeof(real),
    ROW_PARTS = 4,
    ROW_TILE_BANKS = 8 /* threads whose 16-byte accesses cover all banks once */
};

typedef struct __attribute__((aligned(16))) RowTile {
    real reals[ROW_TILE_REALS];
} RowTile;

typedef struct RowPart {
    const real *from; /* [count,width]; NULL: not loaded */
    Gradient to;      /* [count,width]; data NULL: not stored */
    int64_t width;
    int start; /* in the tile */
} RowPart;

typedef struct Rows {
    int64_t count;
    int tile_rows; /* a multiple of GPU_VECTOR: tiles start at 16 bytes; 0: no tiles */
    RowPart part[ROW_PARTS];
} Rows;

/* The arguments of a row function. */
typedef struct Row {
    int64_t index;
    const real *in[ROW_PARTS];
    Gradient out[ROW_PARTS];
} Row;

/* The two forms of one kernel; a single kernel with both would need the registers of both. */
typedef struct RowKernels {
    GpuKernel *in_tiles, *in_memory;
} RowKernels;

/* ---- Host ---- */

static inline RowPart row_part(const real *from, Gradient to, int64_t width) {
    const RowPart part = { from, to, width, 0 };
    return part;
}

static inline RowPart row_input(const real *from, int64_t width) {
    const Gradient none = { NULL, false };
    return row_part(from, none, width);
}

static inline Gradient row_value(real *data) {
    const Gradient value = { data, false };
    return value;
}

static inline Rows rows_plan(int64_t count, int parts, const RowPart *part) {
    Rows rows = { count, 0, { { NULL, { NULL, false }, 0, 0 } } };
    int64_t stride = 0;
    for (int i = 0; i < parts; i++) stride += part[i].width | 1;
    int64_t fit = ROW_TILE_REALS / stride;
    if (fit > ROW_TILE_THREADS) fit = ROW_TILE_THREADS;
    rows.tile_rows = (int)fit / GPU_VECTOR * GPU_VECTOR;
    int64_t start = 0;
    for (int i = 0; i < parts; i++) {
        rows.part[i] = part[i];
        rows.part[i].start = rows.tile_rows ? (int)start : 0;
        start += rows.tile_rows * (part[i].width | 1);
    }
    return rows;
}

static inline int64_t rows_blocks(const Rows *rows) {
    return gpu_divide_up(rows->count, rows->tile_rows ? rows->tile_rows : ROW_TILE_THREADS);
}

/* arguments: the kernels' struct; rows: its member of that name. */
static inline void rows_launch(const RowKernels *kernels, const Rows *rows, const void *arguments) {
    gpu_launch(rows->tile_rows ? kernels->in_tiles : kernels->in_memory, rows_blocks(rows),
               arguments);
}

/* ---- Device ---- */

/* The place of elements i..i+GPU_VECTOR-1 in a part's tile, i a multiple of GPU_VECTOR. Rows of odd
 * width are contiguous, as in memory. Rows of even width have a gap of one, so an element moves on
 * by its row's number; a vector then crosses the end of a row at most once. The row is i / width,
 * computed as a product: (i + 1/2) / width is at least 1/(2 width) away from a whole number, which
 * the rounding of numbers below ROW_TILE_REALS does not bridge. */
typedef struct RowPlace {
    int start, row_end; /* of lane 0; the first lane of the next row */
} RowPlace;

static GPU_DEVICE RowPlace row_place(int i, int width) {
    const int row = (int)(((float)i + 0.5f) * (1 / (float)width));
    const RowPlace place = { i + row, (row + 1) * width - i };
    return place;
}

/* The lanes of v, rotated: lane k becomes the old lane (k + by) % GPU_VECTOR. */
static GPU_DEVICE GpuVector row_rotate(GpuVector v, int by) {
    for (int step = 1; step < GPU_VECTOR; step *= 2) {
        GpuVector rotated;
        for (int k = 0; k < GPU_VECTOR; k++)
            rotated.lane[k] = by & step ? v.lane[(k + step) % GPU_VECTOR] : v.lane[k];
        v = rotated;
    }
    return v;
}

/* Vectors GPU_VECTOR apart fall into the same bank in every ROW_TILE_BANKS-th thread. Those threads
 * start at different lanes, by this rotation. */
static GPU_DEVICE int row_rotation_of_thread(void) {
    return gpu_thread() / ROW_TILE_BANKS % GPU_VECTOR;
}

static GPU_DEVICE void row_tile_put(real *tile, int i, int width, GpuVector v) {
    if (width % 2) {
        *(GpuVector *)(tile + i) = v;
        return;
    }
    const int rotation = row_rotation_of_thread();
    const RowPlace place = row_place(i, width);
    v = row_rotate(v, rotation);
    for (int k = 0; k < GPU_VECTOR; k++) {
        const int lane = (k + rotation) % GPU_VECTOR;
        tile[place.start + lane + (lane >= place.row_end)] = v.lane[k];
    }
}

/* Elements i.. of the n that the rows of the tile have; zeros past the end, where no thread may
 * have written. */
static GPU_DEVICE GpuVector row_tile_get(const real *tile, int i, int n, int width) {
    GpuVector v;
    if (width % 2 && i + GPU_VECTOR <= n) return *(const GpuVector *)(tile + i);
    if (width % 2) {
        for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = i + k < n ? tile[i + k] : 0;
        return v;
    }
    const int rotation = row_rotation_of_thread();
    const RowPlace place = row_place(i, width);
    for (int k = 0; k < GPU_VECTOR; k++) {
        const int lane = (k + rotation) % GPU_VECTOR;
        v.lane[k] = i + lane < n ? tile[place.start + lane + (lane >= place.row_end)] : 0;
    }
    return row_rotate(v, GPU_VECTOR - rotation);
}

/* A part may be the second half of a tensor, and then starts anywhere. */
static GPU_DEVICE bool row_is_aligned(const real *data) {
    return (uintptr_t)data % sizeof(GpuVector) == 0;
}

static GPU_DEVICE GpuVector row_vector_load(const real *from, int i, int n) {
    GpuVector v;
    if (row_is_aligned(from)) return gpu_vector_load(from, i, n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = i + k < n ? from[i + k] : 0;
    return v;
}

static GPU_DEVICE void row_vector_store(Gradient to, int i, int n, GpuVector v) {
    if (row_is_aligned(to.data)) {
        gpu_vector_store_gradient(to, i, n, v);
        return;
    }
    for (int k = 0; k < GPU_VECTOR; k++)
        if (i + k < n) gradient_store(to, i + k, v.lane[k]);
}

static GPU_DEVICE int64_t row_tile_first(const Rows *rows) {
    return (int64_t)gpu_block() * rows->tile_rows;
}

/* Rows of this block's tile: fewer in the last one. */
static GPU_DEVICE int row_tile_count(const Rows *rows) {
    const int64_t left = rows->count - row_tile_first(rows);
    return left < rows->tile_rows ? (int)left : rows->tile_rows;
}

/* Loads every input part; afterwards the tile is complete for all threads. */
static GPU_DEVICE void row_tile_load(const Rows *rows, int parts, RowTile *tile) {
    GPU_UNROLL
    for (int index = 0; index < parts; index++) {
        const RowPart *part = &rows->part[index];
        if (!part->from) continue;
        const int width = (int)part->width, n = row_tile_count(rows) * width;
        const real *from = part->from + row_tile_first(rows) * width;
        for (int i = gpu_thread() * GPU_VECTOR; i < n; i += ROW_TILE_STEP)
            row_tile_put(tile->reals + part->start, i, width, row_vector_load(from, i, n));
    }
    gpu_barrier();
}

/* Stores every output part after a barrier. Where two parts belong to one gradient, one thread per
 * element adds the shares in the order of the parts. */
static GPU_DEVICE void row_tile_store(const Rows *rows, int parts, const RowTile *tile) {
    gpu_barrier();
    GPU_UNROLL
    for (int index = 0; index < parts; index++) {
        const RowPart *part = &rows->part[index];
        if (!part->to.data) continue;
        const int width = (int)part->width, n = row_tile_count(rows) * width;
        const Gradient to = { part->to.data + row_tile_first(rows) * width, part->to.accumulate };
        for (int i = gpu_thread() * GPU_VECTOR; i < n; i += ROW_TILE_STEP)
            row_vector_store(to, i, n, row_tile_get(tile->reals + part->start, i, n, width));
    }
}

/* The row of this thread in the tile; false: it has none. Outputs that are not needed are written
 * too, over their inputs, but not stored. */
static GPU_DEVICE bool row_in_tile(const Rows *rows, int parts, RowTile *tile, Row *row) {
    row->index = row_tile_first(rows) + gpu_thread();
    GPU_UNROLL
    for (int index = 0; index < parts; index++) {
        const RowPart *part = &rows->part[index];
        real *mine = tile->reals + part->start + gpu_thread() * ((int)part->width | 1);
        row->in[index] = row->out[index].data = mine;
        row->out[index].accumulate = false;
    }
    return gpu_thread() < row_tile_count(rows);
}

/* The row of this thread in global memory. */
static GPU_DEVICE bool row_in_memory(const Rows *rows, int parts, Row *row) {
    row->index = (int64_t)gpu_block() * ROW_TILE_THREADS + gpu_thread();
    GPU_UNROLL
    for (int index = 0; index < parts; index++) {
        const RowPart *part = &rows->part[index];
        const int64_t at = row->index * part->width;
        row->in[index] = part->from ? part->from + at : NULL;
        row->out[index] = part->to;
        if (part->to.data) row->out[index].data = part->to.data + at;
    }
    return row->index < rows->count;
}

/* Defines the kernels `name`, on tiles, and name_in_memory, without: all threads with a row call
 * name_row(a, &row). */
#define ROW_KERNELS(name, parts, Arguments)                                    \
    GPU_KERNEL_SHARED(name##_in_tiles, ROW_TILE_THREADS, Arguments, RowTile) { \
        Row row;                                                               \
        row_tile_load(&a->rows, parts, shared);                                \
        if (row_in_tile(&a->rows, parts, shared, &row)) name##_row(a, &row);   \
        row_tile_store(&a->rows, parts, shared);                               \
    }                                                                          \
    GPU_KERNEL(name##_in_memory, ROW_TILE_THREADS, Arguments) {                \
        Row row;                                                               \
        if (row_in_memory(&a->rows, parts, &row)) name##_row(a, &row);         \
    }                                                                          \
    static const RowKernels name = { &name##_in_tiles, &name##_in_memory };

#endif
