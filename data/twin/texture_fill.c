/* texture_fill.c - image quilting: finds clean tiles, and places the best match of each. */
#include "data/twin/texture_fill.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

enum { SOURCES = 48, TRIES = 600, CANDIDATES = 24 };

typedef struct Source {
    int left, top;
} Source;

typedef struct Fill {
    float *texture;
    const uint8_t *hole;
    uint8_t *known; /* 1 where the texture is real or already filled */
    int *sums;
    int width, height, side, overlap; /* of a tile */
    Source sources[SOURCES];
    int source_count;
    Random *random;
} Fill;

float texture_mix(float x, float y, float a) {
    return ((1 - a) * x + a * y) / sqrtf((1 - a) * (1 - a) + a * a);
}

int *hole_sums(const uint8_t *hole, int width, int height) {
    const size_t stride = (size_t)width + 1;
    int *sums = memory_new(stride * ((size_t)height + 1), sizeof(int));
    for (int y = 0; y < height; y++) {
        int row = 0;
        for (int x = 0; x < width; x++) {
            row += hole[(size_t)y * (size_t)width + (size_t)x] != 0;
            sums[((size_t)y + 1) * stride + (size_t)x + 1] =
                sums[(size_t)y * stride + (size_t)x + 1] + row;
        }
    }
    return sums;
}

int holes_in(const int *sums, int width, int left, int top, int right, int bottom) {
    const int *high = sums + (size_t)top * ((size_t)width + 1);
    const int *low = sums + (size_t)bottom * ((size_t)width + 1);
    return low[right] - low[left] - high[right] + high[left];
}

/* Draw positions of tiles of `side` without holes; returns how many were found. */
static int find_sources(Fill *fill, int side) {
    fill->side = side;
    fill->overlap = side / 4 > 1 ? side / 4 : 1;
    fill->source_count = 0;
    if (side > fill->width || side > fill->height) return 0;
    for (int i = 0; i < TRIES && fill->source_count < SOURCES; i++) {
        const int left = (int)random_below(fill->random, (uint64_t)(fill->width - side) + 1);
        const int top = (int)random_below(fill->random, (uint64_t)(fill->height - side) + 1);
        if (holes_in(fill->sums, fill->width, left, top, left + side, top + side) == 0)
            fill->sources[fill->source_count++] = (Source){ left, top };
    }
    return fill->source_count;
}

/* The largest tile, from an eighth of the image down, that is clean in a dozen positions; failing
 * that, the smallest that is clean anywhere. */
static bool choose_tiles(Fill *fill) {
    const int shorter = fill->width < fill->height ? fill->width : fill->height;
    const int largest = shorter / 8 > 4 ? shorter / 8 : 4;
    for (int side = largest; side >= 4; side = side * 3 / 4)
        if (find_sources(fill, side) >= 12) return true;
    return find_sources(fill, 4) > 0;
}

/* A candidate: the tile at `source`, flipped left-right (1) and top-bottom (2). Flips keep the
 * direction of brushing; quarter turns would not. */
static const float *source_pixel(const Fill *fill, Source source, int flips, int x, int y) {
    const int u = source.left + (flips & 1 ? fill->side - 1 - x : x);
    const int v = source.top + (flips & 2 ? fill->side - 1 - y : y);
    return fill->texture + 3 * ((size_t)v * (size_t)fill->width + (size_t)u);
}

/* The mismatch between the candidate s and the known pixels k under the tile at (left, top):
 *
 *     mean (k - s)^2 / (mean k^2 + mean s^2) + (log of the ratio of their roughnesses)^2 / 4
 *
 * The plain squared difference would always favour smooth candidates: two independent noises differ
 * by more than noise differs from an even tone. */
static double misfit(const Fill *fill, Source source, int flips, int left, int top) {
    double gap = 0, known = 1, copied = 1; /* grey levels squared; 1 keeps flat areas comparable */
    int count = 0;
    for (int y = 0; y < fill->side && top + y < fill->height; y++)
        for (int x = 0; x < fill->side && left + x < fill->width; x++) {
            const size_t at = (size_t)(top + y) * (size_t)fill->width + (size_t)(left + x);
            if (!fill->known[at]) continue;
            const float k = fill->texture[3 * at + 1];
            const float s = source_pixel(fill, source, flips, x, y)[1];
            gap += (double)(k - s) * (k - s);
            known += (double)k * k;
            copied += (double)s * s;
            count++;
        }
    const double ratio = log(copied / known) / 2;
    return count ? gap / (known + copied) + 0.25 * ratio * ratio : 0;
}

static void copy_tile(Fill *fill, Source source, int flips, int left, int top) {
    const float step = 1 / (float)fill->overlap;
    for (int y = 0; y < fill->side && top + y < fill->height; y++)
        for (int x = 0; x < fill->side && left + x < fill->width; x++) {
            const size_t at = (size_t)(top + y) * (size_t)fill->width + (size_t)(left + x);
            if (!fill->hole[at]) continue;
            const int rim = x < y ? x : y;
            const float a = fill->known[at] ? fminf(((float)rim + 0.5f) * step, 1) : 1;
            const float *from = source_pixel(fill, source, flips, x, y);
            for (int c = 0; c < 3; c++)
                fill->texture[3 * at + (size_t)c] =
                    texture_mix(fill->texture[3 * at + (size_t)c], from[c], a);
            fill->known[at] = 1;
        }
}

static void fill_tile(Fill *fill, int left, int top) {
    Source best = { 0, 0 };
    int best_flips = 0;
    double least = INFINITY;
    for (int i = 0; i < CANDIDATES; i++) {
        const Source source =
            fill->sources[random_below(fill->random, (uint64_t)fill->source_count)];
        const int flips = (int)random_below(fill->random, 4);
        const double gap = misfit(fill, source, flips, left, top);
        if (gap < least) {
            least = gap;
            best = source;
            best_flips = flips;
        }
    }
    copy_tile(fill, best, best_flips, left, top);
}

bool texture_fill(float *texture, const uint8_t *hole, int width, int height, Random *random) {
    const size_t pixels = (size_t)width * (size_t)height;
    Fill fill = { .texture = texture,
                  .hole = hole,
                  .width = width,
                  .height = height,
                  .random = random,
                  .sums = hole_sums(hole, width, height),
                  .known = memory_new(pixels, 1) };
    for (size_t i = 0; i < pixels; i++) fill.known[i] = !hole[i];
    const bool good = choose_tiles(&fill);
    const int step = fill.side - fill.overlap;
    for (int top = 0; good && top < height; top += step)
        for (int left = 0; left < width; left += step) {
            const int right = left + fill.side < width ? left + fill.side : width;
            const int bottom = top + fill.side < height ? top + fill.side : height;
            if (holes_in(fill.sums, width, left, top, right, bottom) > 0)
                fill_tile(&fill, left, top);
        }
    free(fill.sums);
    free(fill.known);
    return good;
}
