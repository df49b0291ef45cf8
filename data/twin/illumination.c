/* illumination.c - local means by a pyramid, and dilated and softened masks. */
#include "data/twin/illumination.h"

#include "tensor/memory.h"

#include <stdlib.h>

/* One level of a pyramid of cell means; a weight is the reliability of a mean, 0..1. */
typedef struct Level {
    int width, height, channels;
    float *means, *weights;
} Level;

static Level level_new(int width, int height, int channels) {
    const size_t cells = (size_t)width * (size_t)height;
    return (Level){ width, height, channels, memory_new(cells * (size_t)channels, sizeof(float)),
                    memory_new(cells, sizeof(float)) };
}

static void level_free(Level *level) {
    free(level->means);
    free(level->weights);
}

static int at_most(int value, int most) {
    return value < 0 ? 0 : value > most ? most : value;
}

/* The means of cells of `side` pixels, without the pixels of holes. */
static Level cells_of(const Image *image, const uint8_t *hole, int side) {
    const int channels = image->channels;
    Level level =
        level_new((image->width + side - 1) / side, (image->height + side - 1) / side, channels);
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++) {
            const size_t pixel = (size_t)y * (size_t)image->width + (size_t)x;
            const size_t cell = (size_t)(y / side) * (size_t)level.width + (size_t)(x / side);
            if (hole[pixel]) continue;
            level.weights[cell]++;
            for (int c = 0; c < channels; c++)
                level.means[cell * (size_t)channels + (size_t)c] +=
                    image->pixels[pixel * (size_t)channels + (size_t)c];
        }
    const float enough = 0.5f * (float)(side * side);
    for (size_t cell = 0; cell < (size_t)level.width * (size_t)level.height; cell++) {
        const float count = level.weights[cell];
        for (int c = 0; count > 0 && c < channels; c++)
            level.means[cell * (size_t)channels + (size_t)c] /= count;
        level.weights[cell] = count < enough ? count / enough : 1;
    }
    return level;
}

/* Half the size: weighted means of 2 x 2 cells. */
static Level coarser(const Level *fine) {
    const int channels = fine->channels;
    Level level = level_new((fine->width + 1) / 2, (fine->height + 1) / 2, channels);
    for (int y = 0; y < fine->height; y++)
        for (int x = 0; x < fine->width; x++) {
            const size_t from = (size_t)y * (size_t)fine->width + (size_t)x;
            const size_t to = (size_t)(y / 2) * (size_t)level.width + (size_t)(x / 2);
            level.weights[to] += fine->weights[from];
            for (int c = 0; c < channels; c++)
                level.means[to * (size_t)channels + (size_t)c] +=
                    fine->weights[from] * fine->means[from * (size_t)channels + (size_t)c];
        }
    for (size_t cell = 0; cell < (size_t)level.width * (size_t)level.height; cell++) {
        const float weight = level.weights[cell];
        for (int c = 0; weight > 0 && c < channels; c++)
            level.means[cell * (size_t)channels + (size_t)c] /= weight;
        level.weights[cell] = weight < 1 ? weight : 1;
    }
    return level;
}

/* The level's means at (x, y) in cells, bilinear between cell centres. */
static void sample_level(const Level *level, float x, float y, float *out) {
    const float u = x - 0.5f < 0 ? 0 : x - 0.5f, v = y - 0.5f < 0 ? 0 : y - 0.5f;
    const int x0 = at_most((int)u, level->width - 1), x1 = at_most(x0 + 1, level->width - 1);
    const int y0 = at_most((int)v, level->height - 1), y1 = at_most(y0 + 1, level->height - 1);
    const float a = u - (float)x0 > 1 ? 1 : u - (float)x0;
    const float b = v - (float)y0 > 1 ? 1 : v - (float)y0;
    const float *top = level->means + (size_t)y0 * (size_t)level->width * (size_t)level->channels;
    const float *low = level->means + (size_t)y1 * (size_t)level->width * (size_t)level->channels;
    for (int c = 0; c < level->channels; c++) {
        const int left = x0 * level->channels + c, right = x1 * level->channels + c;
        out[c] = (1 - b) * ((1 - a) * top[left] + a * top[right]) +
                 b * ((1 - a) * low[left] + a * low[right]);
    }
}

/* A cell whose weight is below 1 is completed from the coarser level. */
static void fill_from(Level *fine, const Level *coarse) {
    for (int y = 0; y < fine->height; y++)
        for (int x = 0; x < fine->width; x++) {
            const size_t cell = (size_t)y * (size_t)fine->width + (size_t)x;
            float below[4];
            sample_level(coarse, 0.5f * ((float)x + 0.5f), 0.5f * ((float)y + 0.5f), below);
            for (int c = 0; c < fine->channels; c++) {
                float *mean = &fine->means[cell * (size_t)fine->channels + (size_t)c];
                *mean = fine->weights[cell] * *mean + (1 - fine->weights[cell]) * below[c];
            }
        }
}

void illumination(const Image *image, const uint8_t *hole, float *smooth) {
    enum { LEVELS = 24 };
    Level levels[LEVELS];
    const int longest = image->width > image->height ? image->width : image->height;
    const int side = longest / 24 < 4 ? 4 : longest / 24;
    PROMISE(image->channels <= 4, "%d channels", image->channels);
    int count = 1;
    levels[0] = cells_of(image, hole, side);
    while (levels[count - 1].width > 1 || levels[count - 1].height > 1) {
        levels[count] = coarser(&levels[count - 1]);
        count++;
    }
    for (int i = count - 2; i >= 0; i--) fill_from(&levels[i], &levels[i + 1]);
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            sample_level(
                &levels[0], ((float)x + 0.5f) / (float)side, ((float)y + 0.5f) / (float)side,
                smooth + ((size_t)y * (size_t)image->width + (size_t)x) * (size_t)image->channels);
    for (int i = 0; i < count; i++) level_free(&levels[i]);
}

/* counts[i] = the number of set pixels of mask in the window of `reach` around i along one axis;
 * the rim is repeated outside. */
static void window_counts(const uint8_t *mask, size_t stride, int length, int reach, int *counts) {
    int sum = 0;
    for (int k = -reach; k <= reach; k++) sum += mask[(size_t)at_most(k, length - 1) * stride] != 0;
    for (int i = 0; i < length; i++) {
        counts[i] = sum;
        sum += mask[(size_t)at_most(i + reach + 1, length - 1) * stride] != 0;
        sum -= mask[(size_t)at_most(i - reach, length - 1) * stride] != 0;
    }
}

void mask_dilate(const uint8_t *mask, int width, int height, int reach, uint8_t *out) {
    const int longest = width > height ? width : height;
    int *counts = memory_new((size_t)longest, sizeof(int));
    for (int y = 0; y < height; y++) {
        window_counts(mask + (size_t)y * (size_t)width, 1, width, reach, counts);
        for (int x = 0; x < width; x++) out[(size_t)y * (size_t)width + (size_t)x] = counts[x] > 0;
    }
    for (int x = 0; x < width; x++) {
        window_counts(out + x, (size_t)width, height, reach, counts);
        for (int y = 0; y < height; y++) out[(size_t)y * (size_t)width + (size_t)x] = counts[y] > 0;
    }
    free(counts);
}

void mask_soften(const uint8_t *mask, int width, int height, int reach, float *out) {
    const int longest = width > height ? width : height;
    const float part = 1 / (float)((2 * reach + 1) * (2 * reach + 1));
    int *counts = memory_new((size_t)longest, sizeof(int));
    float *column = memory_new((size_t)height, sizeof(float));
    for (int y = 0; y < height; y++) {
        window_counts(mask + (size_t)y * (size_t)width, 1, width, reach, counts);
        for (int x = 0; x < width; x++)
            out[(size_t)y * (size_t)width + (size_t)x] = (float)counts[x];
    }
    for (int x = 0; x < width; x++) { /* counts are whole numbers, so the running sum is exact */
        float sum = 0;
        for (int y = 0; y < height; y++) column[y] = out[(size_t)y * (size_t)width + (size_t)x];
        for (int k = -reach; k <= reach; k++) sum += column[at_most(k, height - 1)];
        for (int y = 0; y < height; y++) {
            out[(size_t)y * (size_t)width + (size_t)x] = sum * part;
            sum += column[at_most(y + reach + 1, height - 1)];
            sum -= column[at_most(y - reach, height - 1)];
        }
    }
    free(counts);
    free(column);
}
