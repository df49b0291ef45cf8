/* tiles.c - places tiles and adds up their weighted probabilities, a row of tiles at a time. */
#include "hadnet/embed/tiles.h"

#include "hadnet/model/predictor.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- One axis ---- */

static int overlap_of(int side) {
    return side < 4 ? 1 : side / 4;
}

static int tiles_along(int length, int side) {
    const int step = side > 1 ? side - overlap_of(side) : 1;
    return length <= side ? 1 : (length - side + step - 1) / step + 1;
}

/* A tile's weight at a pixel `inside` it, before it is divided by the sum. */
static double rise(int inside, int side) {
    const int nearer = inside < side - 1 - inside ? inside : side - 1 - inside;
    const double weight = (nearer + 0.5) / overlap_of(side);
    return weight < 1 ? weight : 1;
}

static void set_weights(TileAxis *axis) {
    double *sums = memory_new((size_t)axis->length, sizeof *sums);
    for (int pass = 0; pass < 2; pass++) /* the sums, then the weights */
        for (int i = 0; i < axis->count; i++)
            for (int k = 0; k < axis->side; k++) {
                const int at = axis->start[i] + k;
                if (at < 0 || at >= axis->length) continue;
                const double weight = rise(k, axis->side);
                if (pass == 0)
                    sums[at] += weight;
                else
                    axis->weight[(size_t)i * (size_t)axis->side + (size_t)k] =
                        (real)(weight / sums[at]);
            }
    free(sums);
}

TileAxis tile_axis_create(int length, int side) {
    TileAxis axis = { .length = length, .side = side, .count = tiles_along(length, side) };
    axis.start = memory_new((size_t)axis.count, sizeof *axis.start);
    axis.weight = memory_new((size_t)axis.count * (size_t)side, sizeof *axis.weight);
    /* Evenly, from end to end. */
    const int64_t room = length - side;
    for (int i = 0; i < axis.count; i++)
        axis.start[i] = (int)(axis.count == 1 ? -((-room) / 2) : i * room / (axis.count - 1));
    set_weights(&axis);
    return axis;
}

void tile_axis_free(TileAxis *axis) {
    free(axis->start);
    free(axis->weight);
    *axis = (TileAxis){ 0 };
}

int64_t tiles_count(int width, int height, int side) {
    if (side <= 0 || (width <= side && height <= side)) return 0;
    return (int64_t)tiles_along(width, side) * tiles_along(height, side);
}

/* ---- Blending ---- */

typedef struct Blend {
    const Tiling *tiling;
    HadnetAnswer *answer;
    TileAxis rows, columns;
    real *band; /* [side][width][classes], the sums of the rows from `top` on */
    real *tile; /* [side][side][classes] */
    int top;
} Blend;

static size_t row_elements(const Blend *blend) {
    return (size_t)blend->answer->width * (size_t)blend->tiling->classes;
}

/* Add the tile in row i, column j of tiles to the band. */
static void add_tile(Blend *blend, int i, int j) {
    const int side = blend->tiling->side, classes = blend->tiling->classes;
    const real *down = blend->rows.weight + (size_t)i * (size_t)side;
    const real *across = blend->columns.weight + (size_t)j * (size_t)side;
    const real *from = blend->tile;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++, from += classes) {
            const real weight = down[y] * across[x];
            if (weight == 0) continue;
            real *to = blend->band +
                       (size_t)(blend->rows.start[i] + y - blend->top) * row_elements(blend) +
                       (size_t)(blend->columns.start[j] + x) * (size_t)classes;
            for (int k = 0; k < classes; k++) to[k] += weight * from[k];
        }
}

/* The rows up to `end` are complete: answer them, and move the others to the band's beginning. */
static void answer_rows(Blend *blend, int end) {
    const int classes = blend->tiling->classes, rows = end - blend->top;
    const size_t pixels = (size_t)rows * (size_t)blend->answer->width;
    const size_t first = (size_t)blend->top * (size_t)blend->answer->width;
    const size_t row = row_elements(blend), left = (size_t)(blend->tiling->side - rows) * row;
    for (size_t i = 0; i < pixels; i++) {
        const real *probabilities = blend->band + i * (size_t)classes;
        const real score = 1 - probabilities[0]; /* sums of weights may be rounded up */
        blend->answer->mask[first + i] =
            predictor_label(probabilities, classes, blend->tiling->threshold);
        blend->answer->score[first + i] = (float)(score < 0 ? 0 : score);
    }
    memmove(blend->band, blend->band + (size_t)rows * row, left * sizeof *blend->band);
    memset(blend->band + left, 0, (size_t)rows * row * sizeof *blend->band);
    blend->top = end;
}

static bool blend_all(Blend *blend, Error *error) {
    const Tiling *tiling = blend->tiling;
    for (int i = 0; i < blend->rows.count; i++) {
        for (int j = 0; j < blend->columns.count; j++) {
            if (!tiling->predict(tiling->context, blend->rows.start[i], blend->columns.start[j],
                                 blend->tile, error))
                return false;
            add_tile(blend, i, j);
        }
        const bool last = i + 1 == blend->rows.count;
        answer_rows(blend, last ? blend->answer->height : blend->rows.start[i + 1]);
    }
    return true;
}

bool tiles_predict(const Tiling *tiling, HadnetAnswer *answer, Error *error) {
    const size_t side = (size_t)tiling->side;
    Blend blend = { .tiling = tiling, .answer = answer };
    blend.band = calloc(side * row_elements(&blend), sizeof *blend.band);
    blend.tile = malloc(side * side * (size_t)tiling->classes * sizeof *blend.tile);
    bool good = blend.band && blend.tile;
    if (good) {
        blend.rows = tile_axis_create(answer->height, tiling->side);
        blend.columns = tile_axis_create(answer->width, tiling->side);
        good = blend_all(&blend, error);
        tile_axis_free(&blend.rows);
        tile_axis_free(&blend.columns);
    } else {
        error_no_memory(error, "tiles of %dx%d in an image of %dx%d", tiling->side, tiling->side,
                        answer->width, answer->height);
    }
    free(blend.band);
    free(blend.tile);
    return good;
}
