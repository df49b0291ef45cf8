/* winograd_panels.h - transform the tiles of an image into panels of the micro-kernel.
 *
 * A tile is a square of 4x4 outputs; tiles are numbered over (image, tile row, tile column). What
 * a tile reads of an image, a square of `size` pixels, overlaps its neighbours' and may lie outside
 * the image, where pixels are 0; so may tiles that only fill up a panel.
 *
 * Each of the 36 positions has a matrix of its own. Its panels are those of gemm_panel.h, and the
 * positions of one panel lie next to each other, position p at offset[p]. The distances are odd
 * numbers of cache lines, or a few times such, never a high power of two: 36 vectors are stored at
 * once and must not fall into one set of the cache.
 */
#ifndef TENSOR_WINOGRAD_PANELS_H
#define TENSOR_WINOGRAD_PANELS_H

#include "tensor/integer.h"
#include "tensor/kernels/winograd_transform.h"

enum { CACHE_LINE_REALS = 64 / sizeof(real) };

typedef struct TiledImage {
    const real *pixels; /* [batch,height,width,channels] */
    int64_t batch, height, width, channels;
    int64_t tiles_y, tiles_x; /* per image */
    int64_t origin;           /* row and column of the first pixel of tile 0: minus the padding */
    int size;                 /* pixels of a tile, in each dimension */
    const real *zeros;        /* [channels], in place of a pixel outside */
} TiledImage;

/* Offsets of the positions within one panel, and the distance to the next panel. */
typedef struct PositionLayout {
    int64_t offset[WINOGRAD_POSITIONS];
    int64_t panel;
} PositionLayout;

/* For panels of at most `depth`, itself at most GEMM_DEPTH: left panels by rows (depth is then a
 * multiple of VECTOR_LANES; if a row has room, positions share it), left panels by depth, right
 * panels. */
PositionLayout winograd_row_layout(int64_t depth);
PositionLayout winograd_depth_layout(int64_t depth);
PositionLayout winograd_right_layout(int64_t depth);

/* count, rounded up to whole vectors. */
static inline int64_t whole_vectors(int64_t count) {
    return round_up(count, VECTOR_LANES);
}

/* Rows [first_row, first_row + rows) of left panels by rows, one for each tile from first_tile on;
 * depth k is channel first_channel + k. Rows may run past the last tile. */
void winograd_image_left(const TiledImage *image, int64_t first_tile, int64_t first_row,
                         int64_t rows, int64_t first_channel, int64_t depth,
                         const PositionLayout *layout, real *panels);

/* The same, for one tile and `depth` channels (whole vectors), number by number: position (y, x) of
 * channel first_channel + k goes to to[y * row + k * step + x]. The numbers include the scales of
 * G, so the filters multiplied with them omit these. */
void winograd_image_numbers(const TiledImage *image, int64_t tile, int64_t first_channel,
                            int64_t depth, int64_t row, int64_t step, real *to);

/* Depths [first, end) of right panels, one for each tile from first_tile on: channel c is column
 * c % GEMM_COLUMNS of panel c / GEMM_COLUMNS. Channels [channel, channel_end), channel a multiple
 * of VECTOR_LANES. */
void winograd_image_right(const TiledImage *image, int64_t first_tile, int64_t first, int64_t end,
                          int64_t channel, int64_t channel_end, const PositionLayout *layout,
                          real *panels);

/* Depths [first, end) of `depth` of left panels by depth, one for each tile of gradients from
 * first_tile on; row r of panel i is channel i * GEMM_ROWS + r. Panels [panel, panel_end), whose
 * rows may run past the last channel. */
void winograd_gradient_left(const TiledImage *image, int64_t first_tile, int64_t depth,
                            int64_t first, int64_t end, int64_t panel, int64_t panel_end,
                            const PositionLayout *layout, real *panels);

#endif
