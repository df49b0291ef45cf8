/* tiles.h - a large image as overlapping square tiles, and the blending of their answers.
 *
 * Neighbouring tiles overlap by at least a quarter of their side. In the overlap the probabilities
 * of the one fade out while those of the other fade in, so that there is no step at a seam:
 *
 *     P(pixel) = sum over tiles t of  w_t(row) w_t(column) P_t(pixel)
 *
 * where w_t rises linearly over a quarter of the side from the tile's edge, and is divided by the
 * sum over all tiles of the row (column). The image's first and last pixels have one tile, whose
 * weight there is 1.
 */
#ifndef HADNET_TILES_H
#define HADNET_TILES_H

#include "hadnet/hadnet.h"
#include "tensor/real.h"

/* The tiles along one axis of an image. */
typedef struct TileAxis {
    int length, side, count;
    int *start; /* [count], of each tile; negative for the one tile of an image that is shorter than
                     it: it extends beyond both ends */
    real *weight; /* [count][side], 0 beyond the image */
} TileAxis;

TileAxis tile_axis_create(int length, int side);
void tile_axis_free(TileAxis *axis);

/* The number of tiles of `side` pixels by which an image is predicted; 0: it is no larger than
 * one, or side is 0, and it is predicted whole. */
int64_t tiles_count(int width, int height, int side);

typedef struct Tiling {
    int side, classes;
    double threshold; /* see predictor_label */
    /* Set probabilities, [side][side][classes], for the tile whose first pixel is at row top,
     * column left. false: it failed, or the work shall stop. */
    bool (*predict)(void *context, int top, int left, real *probabilities, Error *error);
    void *context;
} Tiling;

/* Set mask and score of the answer, whose memory and size are given, tile by tile. Beside them,
 * memory holds the probabilities of `side` rows. */
bool tiles_predict(const Tiling *tiling, HadnetAnswer *answer, Error *error);

#endif
