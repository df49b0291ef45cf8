/* resize.c - the resampling filters, and the eight turns. */
#include "data/image/resize.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The source pixels that one target position reads along one axis. */
typedef struct Taps {
    int first, count;
    const float *weights; /* sum to 1 */
} Taps;

typedef struct Filter {
    Taps *taps; /* one per target position */
    float *weights;
} Filter;

static Filter filter_new(int source, int target) {
    const double scale = (double)source / target, support = scale > 1 ? scale : 1;
    const int widest = (int)(2 * support) + 3;
    Filter filter = { memory_new((size_t)target, sizeof(Taps)),
                      memory_new((size_t)target * (size_t)widest, sizeof(float)) };
    for (int i = 0; i < target; i++) {
        const double centre = (i + 0.5) * scale - 0.5;
        int first = (int)ceil(centre - support), last = (int)floor(centre + support);
        if (first < 0) first = 0;
        if (last > source - 1) last = source - 1;
        float *weights = filter.weights + (size_t)i * (size_t)widest;
        double sum = 0;
        for (int k = first; k <= last; k++) sum += 1 - fabs(k - centre) / support;
        for (int k = first; k <= last; k++)
            weights[k - first] = (float)((1 - fabs(k - centre) / support) / sum);
        filter.taps[i] = (Taps){ first, last - first + 1, weights };
    }
    return filter;
}

static void filter_free(Filter *filter) {
    free(filter->taps);
    free(filter->weights);
}

/* One row: width * channels source bytes to as many floats as the target row has. */
static void resize_row(const uint8_t *source, float *target, const Filter *filter, int width,
                       int channels) {
    for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++) {
            const Taps *taps = &filter->taps[x];
            const uint8_t *from = source + (size_t)taps->first * (size_t)channels + c;
            float sum = 0;
            for (int k = 0; k < taps->count; k++) sum += taps->weights[k] * from[k * channels];
            target[x * channels + c] = sum;
        }
}

/* The most source rows that a target row reads. That many are held; a new row replaces the one that
 * is no longer read. */
static int most_taps(const Filter *filter, int target) {
    int most = 0;
    for (int i = 0; i < target; i++)
        if (filter->taps[i].count > most) most = filter->taps[i].count;
    return most;
}

Image image_resize_bilinear(const Image *image, int width, int height) {
    if (width == image->width && height == image->height) return image_copy(image);
    Image out = image_new(width, height, image->channels);
    Filter across = filter_new(image->width, width), down = filter_new(image->height, height);
    const size_t stride = (size_t)width * (size_t)image->channels;
    const int held = most_taps(&down, height);
    float *rows = memory_new(stride * (size_t)held, sizeof(float));
    float *sum = memory_new(stride, sizeof(float));
    for (int y = 0, next = 0; y < height; y++) {
        const Taps *taps = &down.taps[y];
        for (; next < taps->first + taps->count; next++)
            resize_row(image->pixels +
                           (size_t)next * (size_t)image->width * (size_t)image->channels,
                       rows + (size_t)(next % held) * stride, &across, width, image->channels);
        for (size_t i = 0; i < stride; i++) sum[i] = 0.5f;
        for (int k = 0; k < taps->count; k++) {
            const float weight = taps->weights[k];
            const float *row = rows + (size_t)((taps->first + k) % held) * stride;
            for (size_t i = 0; i < stride; i++) sum[i] += weight * row[i];
        }
        for (size_t i = 0; i < stride; i++)
            out.pixels[(size_t)y * stride + i] = (uint8_t)fminf(sum[i], 255);
    }
    filter_free(&across);
    filter_free(&down);
    free(rows);
    free(sum);
    return out;
}

Image image_resize_nearest(const Image *image, int width, int height) {
    Image out = image_new(width, height, image->channels);
    const size_t channels = (size_t)image->channels;
    for (int y = 0; y < height; y++) {
        const int from_y = (int)((2LL * y + 1) * image->height / (2LL * height));
        const uint8_t *row = image->pixels + (size_t)from_y * (size_t)image->width * channels;
        uint8_t *to = out.pixels + (size_t)y * (size_t)width * channels;
        for (int x = 0; x < width; x++) {
            const int from_x = (int)((2LL * x + 1) * image->width / (2LL * width));
            memcpy(to + (size_t)x * channels, row + (size_t)from_x * channels, channels);
        }
    }
    return out;
}

static void turn_pixels(const Image *image, int turn, Image *out) {
    const int w = image->width, h = image->height, quarters = turn >> 1;
    const size_t channels = (size_t)image->channels;
    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++) {
            /* Undo the quarter turns, then the flip. */
            const int turned_x = quarters == 0   ? x
                                 : quarters == 1 ? w - 1 - y
                                 : quarters == 2 ? w - 1 - x
                                                 : y;
            const int from_y = quarters == 0   ? y
                               : quarters == 1 ? x
                               : quarters == 2 ? h - 1 - y
                                               : h - 1 - x;
            const int from_x = turn & 1 ? w - 1 - turned_x : turned_x;
            memcpy(out->pixels + ((size_t)y * (size_t)out->width + (size_t)x) * channels,
                   image->pixels + ((size_t)from_y * (size_t)w + (size_t)from_x) * channels,
                   channels);
        }
}

Image image_turn(const Image *image, int turn) {
    PROMISE(turn >= 0 && turn < TURNS, "turn %d", turn);
    const bool swap = image_turn_swaps(turn);
    Image out = image_new(swap ? image->height : image->width, swap ? image->width : image->height,
                          image->channels);
    turn_pixels(image, turn, &out);
    return out;
}

bool image_turn_to(const Image *image, int turn, Image *out, const char *name, Error *error) {
    PROMISE(turn >= 0 && turn < TURNS, "turn %d", turn);
    const bool swap = image_turn_swaps(turn);
    if (!image_allocate(out, swap ? image->height : image->width,
                        swap ? image->width : image->height, image->channels, name, error))
        return false;
    turn_pixels(image, turn, out);
    return true;
}
