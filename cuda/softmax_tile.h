/* softmax_tile.h - rows of few classes in shared memory, one thread per row.
 *
 * Read directly, rows of 4 classes would be read in strides of 4 elements, several times. So a
 * block copies its TILE_ROWS rows to shared memory in the order of memory, and each thread reads
 * its row there. Rows start an odd number of elements apart, so that those of 32 threads start in
 * 32 different banks. Rows of more than TILE_CLASSES classes stay in global memory:
 * softmax_tile_place returns their address.
 */
#ifndef CUDA_SOFTMAX_TILE_H
#define CUDA_SOFTMAX_TILE_H

#include "cuda/block_sum.h"

C_HEADERS_BEGIN
#include "autograd/softmax_row.h"
C_HEADERS_END

enum { TILE_ROWS = 128, TILE_CLASSES = 15 };

typedef struct SoftmaxTile {
    real rows[TILE_ROWS * TILE_CLASSES];
} SoftmaxTile;

static inline HD bool softmax_tile_fits(int64_t classes) {
    return classes <= TILE_CLASSES;
}

static inline HD int softmax_tile_stride(int classes) {
    return classes | 1;
}

/* The row of this thread, among all rows. */
static GPU_DEVICE int64_t softmax_tile_row(void) {
    return (int64_t)gpu_block() * TILE_ROWS + gpu_thread();
}

/* The number of rows of this block. */
static GPU_DEVICE int softmax_tile_rows(int64_t rows) {
    const int64_t left = rows - (int64_t)gpu_block() * TILE_ROWS;
    return left < TILE_ROWS ? (int)left : (int)TILE_ROWS;
}

/* The address of this thread's row of an array [rows, classes]: in its tile, or in the array. */
static GPU_DEVICE real *softmax_tile_place(SoftmaxTile *tile, real *array, int64_t classes) {
    if (softmax_tile_fits(classes))
        return tile->rows + gpu_thread() * softmax_tile_stride((int)classes);
    return array + softmax_tile_row() * classes;
}

/* The offset of an element of the block in the tile. A thread handles every TILE_ROWS-th element,
 * and divides only once. */
typedef struct SoftmaxTileWalk {
    int row, k, row_step, k_step;
} SoftmaxTileWalk;

static GPU_DEVICE SoftmaxTileWalk softmax_tile_walk(int classes) {
    const SoftmaxTileWalk walk = { gpu_thread() / classes, gpu_thread() % classes,
                                   TILE_ROWS / classes, TILE_ROWS % classes };
    return walk;
}

static GPU_DEVICE void softmax_tile_advance(SoftmaxTileWalk *walk, int classes) {
    walk->row += walk->row_step;
    walk->k += walk->k_step;
    if (walk->k < classes) return;
    walk->k -= classes;
    walk->row++;
}

/* Copies this block's rows of from[rows, classes] to the tile; does nothing when they do not fit. A
 * barrier must follow before rows are read. */
static GPU_DEVICE void softmax_tile_load(SoftmaxTile *tile, const real *from, int64_t rows,
                                         int64_t classes) {
    const int width = (int)classes, stride = softmax_tile_stride(width);
    if (!softmax_tile_fits(classes)) return;
    const int n = softmax_tile_rows(rows) * width;
    const real *first = from + (int64_t)gpu_block() * TILE_ROWS * classes;
    SoftmaxTileWalk walk = softmax_tile_walk(width);
    for (int i = gpu_thread(); i < n; i += TILE_ROWS) {
        tile->rows[walk.row * stride + walk.k] = first[i];
        softmax_tile_advance(&walk, width);
    }
}

/* Copies the tile back. All threads take part; a barrier waits for their writes. */
static GPU_DEVICE void softmax_tile_store(const SoftmaxTile *tile, Gradient to, int64_t rows,
                                          int64_t classes) {
    const int width = (int)classes, stride = softmax_tile_stride(width);
    if (!softmax_tile_fits(classes)) return;
    const int n = softmax_tile_rows(rows) * width;
    const int64_t first = (int64_t)gpu_block() * TILE_ROWS * classes;
    SoftmaxTileWalk walk = softmax_tile_walk(width);
    gpu_barrier();
    for (int i = gpu_thread(); i < n; i += TILE_ROWS) {
        gradient_store(to, first + i, tile->rows[walk.row * stride + walk.k]);
        softmax_tile_advance(&walk, width);
    }
}

/* The address for element k of a thread's row of a gradient: in its tile, to be stored later, or in
 * the gradient. */
static GPU_DEVICE void softmax_tile_put(real *row_in_tile, Gradient to, int64_t classes, int64_t k,
                                        real share) {
    if (softmax_tile_fits(classes))
        row_in_tile[k] = share;
    else
        gradient_store(to, softmax_tile_row() * classes + k, share);
}

#endif
