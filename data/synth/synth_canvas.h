/* synth_canvas.h - the canvas that the generator's stages draw on. Private to synth*.c. */
#ifndef DATA_SYNTH_CANVAS_H
#define DATA_SYNTH_CANVAS_H

#include "tensor/random.h"

#include <math.h>
#include <stdint.h>

typedef struct Canvas {
    int size;          /* pixels of a side */
    float unit;        /* size / 256: all lengths are stated for a side of 256 */
    float angle;       /* rolling direction, radians */
    float *brightness; /* size * size, 0 black .. 1 white, may leave that range until developed;
                      * NULL: only labels are wanted, and only random numbers are drawn for it */
    uint8_t *labels;   /* size * size */
    float *shape;      /* scratch: coverage of each pixel by the shape being drawn, 0..1 */
    Random random;
} Canvas;

/* synth_surface.c */
void synth_brush(Canvas *canvas);      /* fill brightness with brushed metal */
void synth_illuminate(Canvas *canvas); /* uneven illumination: a slope and a vignette */
void synth_develop(Canvas *canvas);    /* sensor noise, then JPEG's rounding of 8x8 blocks */

/* synth_marks.c */
void synth_distract(Canvas *canvas); /* stains, scale marks, streaks: unlabelled */
void synth_damage(Canvas *canvas);   /* inclusions, patches, scratches: labelled 1, 2, 3 */

static inline float synth_between(Canvas *canvas, double low, double high) {
    return (float)random_between(&canvas->random, low, high);
}

/* Smooth noise in 0..1 over the plane: value noise on the integer lattice of `seed`. */
static inline float synth_lattice(uint32_t seed, int x, int y) {
    uint32_t h = seed ^ (uint32_t)x * 0x9e3779b1u ^ (uint32_t)y * 0x85ebca77u;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return (float)(h >> 8) * 0x1p-24f;
}

static inline float synth_noise(uint32_t seed, float x, float y) {
    const float fx = floorf(x), fy = floorf(y);
    const int ix = (int)fx, iy = (int)fy;
    const float u = (x - fx) * (x - fx) * (3 - 2 * (x - fx));
    const float v = (y - fy) * (y - fy) * (3 - 2 * (y - fy));
    const float top = synth_lattice(seed, ix, iy) * (1 - u) + synth_lattice(seed, ix + 1, iy) * u;
    const float low =
        synth_lattice(seed, ix, iy + 1) * (1 - u) + synth_lattice(seed, ix + 1, iy + 1) * u;
    return top * (1 - v) + low * v;
}

/* Three octaves of it, 0..1. */
static inline float synth_cloud(uint32_t seed, float x, float y) {
    return 0.57f * synth_noise(seed, x, y) + 0.28f * synth_noise(seed + 1, 2 * x, 2 * y) +
           0.15f * synth_noise(seed + 2, 4 * x, 4 * y);
}

/* As fminf(fmaxf(x, low), high), but inlined: compilers must call those because of NaN. */
static inline float synth_clamp(float x, float low, float high) {
    const float above = x > low ? x : low;
    return above < high ? above : high;
}

/* A smooth step: 0 below low, 1 above high; with low > high it falls instead. */
static inline float synth_step(float low, float high, float x) {
    const float t = synth_clamp((x - low) / (high - low), 0, 1);
    return t * t * (3 - 2 * t);
}

#endif
