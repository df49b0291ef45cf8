/* product_tile.h - how a block computes one tile of a Product. Device code; product.h says what a
 * product is.
 *
 * Why tiles. Each element of a factor is needed by every row, or column, of the output. A thread
 * that computed one output would load 2 reals for each multiply-add: 4 bytes per operation, where a
 * GPU can afford 1/20 from memory and 1/12 from its cache. A block that computes
 * T x T outputs loads 2 T reals for T^2 multiply-adds:
 *     T = 1      4 bytes per operation            (product_naive.cu, the first rung)
 *     T = 64     1/16
 *     T = 128    1/32: at 5 TB/s from the second-level cache, 160 TFLOP/s
 * The same holds between shared memory and registers: a warp that multiplies R x C reads
 * (R + C) 4 bytes for each depth and R C multiply-adds, and a multiprocessor reads 128 bytes per
 * clock. Its tensor cores do 512 multiply-adds per clock (compute capability 8.0) or 1024 (9.0):
 *     32 x 32    fed at 512 per clock
 *     64 x 32    at 683
 *     64 x 64    at 1024
 * Each element is also rounded to tf32 by two instructions of the warp that reads it, so a larger
 * tile of a warp saves issue slots as well: per instruction that multiplies (16 x 8 x 8), 64 x 32
 * costs 1.5 loads and 3 roundings, 64 x 64 costs 1 and 2. Larger tiles do not fit: 64 x 64 sums are
 * 128 of the 255 registers that a thread may have, and with 128 threads two blocks share a
 * multiprocessor, so that one multiplies while the other waits or stores. Exact multiply-adds are
 * at most 128 per clock, and their big tile has 256 threads of 64 x 32 each warp instead: twice as
 * many threads hide the latency of its loads. Small tiles are taken where there are few, and keep
 * four warps of 32 x 32.
 *
 * Why 16 deep, three times. While a block multiplies one pair of panels (128 x 16 of each factor)
 * the next two are on their way: an access to memory takes some 600 clocks, multiplying a pair of
 * panels 256 to 512, so two pairs in flight cover it. 16 deep makes 64 contiguous bytes of every
 * row, two of the 32-byte sectors in which memory answers. One barrier a step is enough: the panel
 * that a step overwrites was read one step earlier, and every thread has passed the barrier since.
 *
 * Shared memory has 32 banks of 4 bytes; the lanes of a warp should hit different ones. A factor
 * that is contiguous along the depth is kept as [row][k] with rows of 20 reals. Lane (g, t) =
 * (lane / 4, lane % 4) of a fragment reads row g, depth t: bank 20 g + t, and 20 g mod 32 = 0, 20,
 * 8, 28, 16, 4, 24, 12 are the multiples of 4, each once: no conflict. A factor that is
 * contiguous along its rows is kept as [k][row] with lines of T + 8 reals, T a multiple of 32: bank
 * 8 t + g, again each once. Of the copies, 8 lanes write 8 times 16 bytes at a time: along a line
 * these lie side by side; along the depth they are two rows, which are taken 4 apart because
 * 20 * 4 mod 32 = 16: banks b to b + 15 and b + 16 to b + 31.
 *
 * Both arithmetics assign the sums to the same threads, as gpu_multiply_fragments does (gpu.h):
 * lane (g, t) holds rows g + 8 i and columns 2 t, 2 t + 1 (+ 8 j) of its warp's tile. Only the
 * innermost product differs. "Warp" here is 32 threads, whatever GPU_WARP is: only fragments need
 * real ones.
 *
 * The functions take their sizes as arguments that are constants after inlining: C has no
 * templates, and needs none.
 */
#ifndef CUDA_PRODUCT_TILE_H
#define CUDA_PRODUCT_TILE_H

#include "cuda/gpu_vector.h"
#include "cuda/product/product_store.h"

enum {
    STAGES = 3,
    PANEL_ROW = PRODUCT_DEPTH + 4, /* reals from one row to the next: [row][k] */
    PANEL_LINE_GAP = 8,            /* [k][row]; takes no more room than the other */
    BIG_PANEL = PRODUCT_BIG_TILE * PANEL_ROW,
    SMALL_PANEL = PRODUCT_SMALL_TILE * PANEL_ROW,
    COPIES_MOST = 8,      /* that a thread makes for one panel */
    FRAGMENTS_DOWN = 4,   /* of 16 rows, the most in a warp's tile */
    FRAGMENTS_ACROSS = 8, /* of 8 columns */
    OUTSIDE = -(1 << 30)  /* a line that is in no image */
};

/* Constants of a kernel. */
typedef struct Tile {
    int rows, columns;           /* of the block */
    int warp_rows, warp_columns; /* of one warp */
    int threads;
    int width; /* reals in one copy */
    ProductForm form;
    bool rounded;
} Tile;

/* Constants of one of its two panels: `rows` x PRODUCT_DEPTH of a factor. */
typedef struct Panel {
    int rows, threads, width;
    bool along_depth; /* what is contiguous in memory */
    bool image;       /* whether elements can lie outside of one */
} Panel;

/* ---- Copying a panel ---- */

/* A thread copies `width` reals of several rows, all at the same depth. Its index in the depth is
 * one number, which it advances in every step; its rows do not change. */
typedef struct PanelRow {
    const real *from;
    int y, x; /* y is OUTSIDE past the last row */
} PanelRow;

typedef struct PanelDepth {
    int k, digit[2];
    int64_t offset;
    int y, x;
} PanelDepth;

typedef struct PanelLoader {
    PanelRow row[COPIES_MOST];
    PanelDepth depth;
} PanelLoader;

static GPU_DEVICE int panel_place(const Panel panel, int row, int k) {
    return panel.along_depth ? row * PANEL_ROW + k : k * (panel.rows + PANEL_LINE_GAP) + row;
}

/* The threads of a block that share a row (along the depth), or a line (along the rows). */
static GPU_DEVICE int panel_abreast(const Panel panel) {
    return panel.along_depth ? PRODUCT_DEPTH / panel.width : panel.threads / PRODUCT_DEPTH;
}

static GPU_DEVICE int panel_first_k(const Panel panel) {
    return panel.along_depth ? gpu_thread() % panel_abreast(panel) * panel.width
                             : gpu_thread() / panel_abreast(panel);
}

/* 8 rows are copied in the order 0 4 1 5 2 6 3 7: two consecutive ones are 4 apart. */
static GPU_DEVICE int panel_first_row(const Panel panel) {
    if (!panel.along_depth) return gpu_thread() % panel_abreast(panel) * panel.width;
    const int i = gpu_thread() / panel_abreast(panel);
    return i / 8 * 8 + i % 2 * 4 + i % 8 / 2;
}

static GPU_DEVICE int panel_copies(const Panel panel) {
    return panel.rows * PRODUCT_DEPTH / (panel.width * panel.threads);
}

static GPU_DEVICE void panel_begin(const Panel panel, const ProductFactor *factor, int group,
                                   int row, int rows, int k, PanelLoader *loader) {
    const real *data = factor->data + group * factor->group_stride + factor->origin;
    GPU_UNROLL
    for (int i = 0; i < panel_copies(panel); i++) {
        const int at = row + panel_first_row(panel) + i * (panel.rows / panel_copies(panel));
        const ProductDigits digits = product_digits(&factor->row, at);
        PanelRow *mine = &loader->row[i];
        mine->from = data + product_offset(&factor->row, digits);
        mine->y = OUTSIDE;
        mine->x = 0;
        if (at < rows) {
            mine->y = factor->origin_y + product_move(factor->row.y, digits);
            mine->x = factor->origin_x + product_move(factor->row.x, digits);
        }
    }
    PanelDepth *depth = &loader->depth;
    depth->k = k + panel_first_k(panel);
    const ProductDigits digits = product_digits(&factor->depth, depth->k);
    depth->digit[0] = digits.digit[0];
    depth->digit[1] = digits.digit[1];
    depth->offset = product_offset(&factor->depth, digits);
    depth->y = product_move(factor->depth.y, digits);
    depth->x = product_move(factor->depth.x, digits);
}

static GPU_DEVICE void move_depth(const Panel panel, const ProductStep *step, const int what,
                                  PanelDepth *depth) {
    depth->offset += step->stride[what];
    if (!panel.image) return;
    depth->y += step->y[what];
    depth->x += step->x[what];
}

static GPU_DEVICE void next_depth(const Panel panel, const ProductFactor *factor,
                                  PanelDepth *depth) {
    depth->k += PRODUCT_DEPTH;
    depth->digit[0] += factor->step.digit[0];
    depth->digit[1] += factor->step.digit[1];
    move_depth(panel, &factor->step, 0, depth);
    if (depth->digit[0] >= factor->depth.size[0]) {
        depth->digit[0] -= factor->depth.size[0];
        depth->digit[1]++;
        move_depth(panel, &factor->step, 1, depth);
    }
    if (depth->digit[1] >= factor->depth.size[1]) {
        depth->digit[1] -= factor->depth.size[1];
        move_depth(panel, &factor->step, 2, depth);
    }
}

/* Starts to copy the panel at the loader's depth, with zeros from depth `end` on, and advances. */
static GPU_DEVICE void panel_load(const Panel panel, const ProductFactor *factor, int end,
                                  PanelLoader *loader, real *shared) {
    const PanelDepth *depth = &loader->depth;
    const bool deep = depth->k < end;
    real *to = shared + panel_place(panel, panel_first_row(panel), panel_first_k(panel));
    GPU_UNROLL
    for (int i = 0; i < panel_copies(panel); i++) {
        const PanelRow *row = &loader->row[i];
        const bool valid = panel.image
                               ? deep && (unsigned)(row->y + depth->y) < (unsigned)factor->height &&
                                     (unsigned)(row->x + depth->x) < (unsigned)factor->width
                               : deep && row->y >= 0;
        real *here = to + panel_place(panel, i * (panel.rows / panel_copies(panel)), 0);
        if (panel.width == GPU_VECTOR)
            gpu_copy_async(here, row->from + depth->offset, valid);
        else
            gpu_copy_async_real(here, row->from + depth->offset, valid);
    }
    next_depth(panel, factor, &loader->depth);
}

/* ---- Multiplying two panels ---- */

typedef real Sums[FRAGMENTS_DOWN][FRAGMENTS_ACROSS][4];

/* The start of the lane's part of its warp's tile. */
typedef struct Place {
    int row, column;
} Place;

static GPU_DEVICE Place warp_place(const Tile tile) {
    const int warp = gpu_thread() / 32, across = tile.columns / tile.warp_columns;
    const Place place = { warp / across * tile.warp_rows, warp % across * tile.warp_columns };
    return place;
}

static GPU_DEVICE void multiply_exact(const Tile tile, const Panel left, const Panel right,
                                      const real *a, const real *b, Place warp, Sums c) {
    const int lane = gpu_thread() % 32;
    const int row = warp.row + lane / 4, column = warp.column + lane % 4 * 2;
    for (int k = 0; k < PRODUCT_DEPTH; k++) {
        real x[FRAGMENTS_DOWN][2], y[FRAGMENTS_ACROSS][2];
        GPU_UNROLL
        for (int i = 0; i < tile.warp_rows / 8; i++)
            x[i / 2][i % 2] = a[panel_place(left, row + 8 * i, k)];
        GPU_UNROLL
        for (int j = 0; j < tile.warp_columns / 4; j++)
            y[j / 2][j % 2] = b[panel_place(right, column + j / 2 * 8 + j % 2, k)];
        GPU_UNROLL
        for (int i = 0; i < tile.warp_rows / 16; i++) {
            GPU_UNROLL
            for (int j = 0; j < tile.warp_columns / 8; j++) {
                GPU_UNROLL
                for (int e = 0; e < 4; e++) c[i][j][e] += x[i][e / 2] * y[j][e % 2];
            }
        }
    }
}

#if GPU_HAS_FRAGMENTS
static GPU_DEVICE void multiply_rounded(const Tile tile, const Panel left, const Panel right,
                                        const real *a, const real *b, Place warp, Sums c) {
    const int row = warp.row + gpu_thread() % 32 / 4, column = warp.column + gpu_thread() % 32 / 4;
    GPU_UNROLL
    for (int step = 0; step < PRODUCT_DEPTH; step += 8) {
        const int k = step + gpu_thread() % 4;
        real x[FRAGMENTS_DOWN][4], y[FRAGMENTS_ACROSS][2];
        GPU_UNROLL
        for (int i = 0; i < tile.warp_rows / 16; i++) {
            GPU_UNROLL
            for (int e = 0; e < 4; e++)
                x[i][e] = a[panel_place(left, row + 16 * i + e % 2 * 8, k + e / 2 * 4)];
        }
        GPU_UNROLL
        for (int j = 0; j < tile.warp_columns / 8; j++) {
            GPU_UNROLL
            for (int e = 0; e < 2; e++) y[j][e] = b[panel_place(right, column + 8 * j, k + e * 4)];
        }
        GPU_UNROLL
        for (int i = 0; i < tile.warp_rows / 16; i++) {
            GPU_UNROLL
            for (int j = 0; j < tile.warp_columns / 8; j++)
                gpu_multiply_fragments(c[i][j], x[i], y[j]);
        }
    }
}
#else
#define multiply_rounded multiply_exact
#endif

/* ---- The tile ---- */

/* A row of a fragment is 8 columns, 32 bytes, by 4 lanes: whole sectors even though no lane stores
 * 16 bytes. */
static GPU_DEVICE void store_sums(const Tile tile, const Product *a, int group, int part, int row,
                                  int column, Sums c) {
    real *to = a->to + part * a->part_stride;
    row += gpu_thread() % 32 / 4;
    column += gpu_thread() % 4 * 2;
    GPU_UNROLL
    for (int i = 0; i < tile.warp_rows / 8; i++) {
        const int m = row + 8 * i;
        if (m >= a->rows) continue;
        const int64_t at = product_output(a, group, m);
        GPU_UNROLL
        for (int j = 0; j < tile.warp_columns / 8; j++)
            product_store_pair(a, to, at, group, column + 8 * j, &c[i / 2][j][i % 2 * 2]);
    }
}

static GPU_DEVICE Panel left_panel(const Tile tile) {
    const bool along_depth = tile.form != PRODUCT_COLUMN_COLUMN;
    const Panel panel = { tile.rows, tile.threads, tile.width, along_depth, along_depth };
    return panel;
}

static GPU_DEVICE Panel right_panel(const Tile tile) {
    const Panel panel = { tile.columns, tile.threads, tile.width, tile.form == PRODUCT_ROW_ROW,
                          tile.form == PRODUCT_COLUMN_COLUMN };
    return panel;
}

/* The work of a block: a tile of one part of the depth of one group. Blocks are numbered with the
 * column tiles innermost: blocks that run at the same time share rows of the left factor, the large
 * one, and the right factor stays in the cache. */
typedef struct Job {
    int row, column, group, part;
    int first, end; /* of the depth */
} Job;

static GPU_DEVICE Job job_of_block(const Tile tile, const Product *a) {
    const int block = gpu_block(), above = block / a->column_tiles;
    Job job;
    job.row = above % a->row_tiles * tile.rows;
    job.column = block % a->column_tiles * tile.columns;
    job.part = above / a->row_tiles % a->parts;
    job.group = above / a->row_tiles / a->parts;
    job.first = job.part * a->part_depth;
    job.end = a->depth - job.first < a->part_depth ? a->depth : job.first + a->part_depth;
    return job;
}

/* The panels of both factors, STAGES of each, and how the next of each are copied. */
typedef struct Panels {
    real *left, *right;
    PanelLoader left_loader, right_loader;
} Panels;

static GPU_DEVICE real *left_at(const Tile tile, const Panels *panels, int stage) {
    return panels->left + stage * tile.rows * PANEL_ROW;
}

static GPU_DEVICE real *right_at(const Tile tile, const Panels *panels, int stage) {
    return panels->right + stage * tile.columns * PANEL_ROW;
}

static GPU_DEVICE void load_next(const Tile tile, const Product *a, int end, Panels *panels,
                                 int stage) {
    panel_load(left_panel(tile), &a->left, end, &panels->left_loader, left_at(tile, panels, stage));
    panel_load(right_panel(tile), &a->right, end, &panels->right_loader,
               right_at(tile, panels, stage));
}

static GPU_DEVICE void begin_loading(const Tile tile, const Product *a, Job job, Panels *panels) {
    panel_begin(left_panel(tile), &a->left, job.group, job.row, a->rows, job.first,
                &panels->left_loader);
    panel_begin(right_panel(tile), &a->right, job.group, job.column, a->columns, job.first,
                &panels->right_loader);
    GPU_UNROLL
    for (int stage = 0; stage < STAGES - 1; stage++) {
        load_next(tile, a, job.end, panels, stage);
        gpu_copy_commit();
    }
}

static GPU_DEVICE void product_tile(const Tile tile, const Product *a, real *left, real *right) {
    const Job job = job_of_block(tile, a);
    const Place warp = warp_place(tile);
    const bool idle = job.row + warp.row >= a->rows || job.column + warp.column >= a->columns;
    Panels panels;
    panels.left = left;
    panels.right = right;
    begin_loading(tile, a, job, &panels);
    Sums c;
    GPU_UNROLL
    for (int i = 0; i < tile.warp_rows * tile.warp_columns / 32; i++)
        c[i / 4 / (tile.warp_columns / 8)][i / 4 % (tile.warp_columns / 8)][i % 4] = 0;
    int now = 0, next = STAGES - 1; /* panels that are multiplied, and that are copied to */
    for (int k = job.first; k < job.end; k += PRODUCT_DEPTH) {
        gpu_copy_wait(STAGES - 2);
        gpu_barrier();
        if (k + (STAGES - 1) * PRODUCT_DEPTH < job.end) load_next(tile, a, job.end, &panels, next);
        gpu_copy_commit();
        const real *x = left_at(tile, &panels, now), *y = right_at(tile, &panels, now);
        if (!idle && tile.rounded)
            multiply_rounded(tile, left_panel(tile), right_panel(tile), x, y, warp, c);
        if (!idle && !tile.rounded)
            multiply_exact(tile, left_panel(tile), right_panel(tile), x, y, warp, c);
        now = now == STAGES - 1 ? 0 : now + 1;
        next = next == STAGES - 1 ? 0 : next + 1;
    }
    gpu_copy_wait(0); /* no thread may end while copies are in flight */
    if (!idle)
        store_sums(tile, a, job.group, job.part, job.row + warp.row, job.column + warp.column, c);
}

/* ---- Kernels ---- */

typedef struct BigPanels {
    real left[STAGES * BIG_PANEL], right[STAGES * BIG_PANEL];
} BigPanels;

typedef struct SmallPanels {
    real left[STAGES * SMALL_PANEL], right[STAGES * SMALL_PANEL];
} SmallPanels;

#define BIG_KERNEL(name, threads, warp_columns, form, rounded)                      \
    GPU_KERNEL_SHARED(name, threads, Product, BigPanels) {                          \
        const Tile tile = { PRODUCT_BIG_TILE, PRODUCT_BIG_TILE, 64,   warp_columns, \
                            threads,          GPU_VECTOR,       form, rounded };    \
        product_tile(tile, a, shared->left, shared->right);                         \
    }

#define SMALL_KERNEL(name, width, form, rounded)                                      \
    GPU_KERNEL_SHARED(name, 128, Product, SmallPanels) {                              \
        const Tile tile = {                                                           \
            PRODUCT_SMALL_TILE, PRODUCT_SMALL_TILE, 32, 32, 128, width, form, rounded \
        };                                                                            \
        product_tile(tile, a, shared->left, shared->right);                           \
    }

/* All kernels of one form, and the function that lists them. */
#ifdef REAL_IS_DOUBLE
#define PRODUCT_FORM_KERNELS(name, form)                                             \
    SMALL_KERNEL(name##_small_exact, GPU_VECTOR, form, false)                        \
    SMALL_KERNEL(name##_reals_exact, 1, form, false)                                 \
    const ProductKernels *name##_kernels(void) {                                     \
        static const ProductKernels kernels = {                                      \
            { NULL, &name##_small_exact, &name##_reals_exact }, { NULL, NULL, NULL } \
        };                                                                           \
        return &kernels;                                                             \
    }
#else
#define PRODUCT_FORM_KERNELS(name, form)                                     \
    BIG_KERNEL(name##_big_exact, 256, 32, form, false)                       \
    BIG_KERNEL(name##_big_tf32, 128, 64, form, true)                         \
    SMALL_KERNEL(name##_small_exact, GPU_VECTOR, form, false)                \
    SMALL_KERNEL(name##_small_tf32, GPU_VECTOR, form, true)                  \
    SMALL_KERNEL(name##_reals_exact, 1, form, false)                         \
    SMALL_KERNEL(name##_reals_tf32, 1, form, true)                           \
    const ProductKernels *name##_kernels(void) {                             \
        static const ProductKernels kernels = {                              \
            { &name##_big_exact, &name##_small_exact, &name##_reals_exact }, \
            { &name##_big_tf32, &name##_small_tf32, &name##_reals_tf32 }     \
        };                                                                   \
        return &kernels;                                                     \
    }
#endif

#endif
