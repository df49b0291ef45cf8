/* synth.c - generates one image and its labels from a seed and an index. */
#include "data/synth/synth.h"

#include "data/synth/synth_canvas.h"
#include "tensor/memory.h"

#include <stdlib.h>

enum { SYNTH_PURPOSE = 0x53594e }; /* keeps these streams apart from other users of the seed */

/* Nearly grey, like steel: each channel within two percent of the brightness. */
static void tint(Canvas *canvas, Image *image) {
    float gain[3];
    for (int c = 0; c < 3; c++) gain[c] = 255 * synth_between(canvas, 0.98, 1.02);
    const size_t pixels = (size_t)canvas->size * (size_t)canvas->size;
    for (size_t i = 0; i < pixels; i++)
        for (int c = 0; c < 3; c++)
            image->pixels[3 * i + (size_t)c] =
                (uint8_t)synth_clamp(gain[c] * canvas->brightness[i] + 0.5f, 0, 255);
}

/* image NULL: labels alone. */
static void make(uint64_t seed, uint64_t index, int size, Image *image, Image *labels) {
    PROMISE(size >= 16, "a generated image of side %d", size);
    const size_t pixels = (size_t)size * (size_t)size;
    *labels = image_new(size, size, 1);
    Canvas canvas = { .size = size,
                      .unit = (float)size / 256,
                      .brightness = image ? memory_new(pixels, sizeof(float)) : NULL,
                      .labels = labels->pixels,
                      .shape = memory_new(pixels, sizeof(float)),
                      .random = random_stream(seed, index, SYNTH_PURPOSE, 0) };
    const float quarter = random_below(&canvas.random, 2) ? 1.5708f : 0;
    canvas.angle = quarter + synth_between(&canvas, -0.12, 0.12);
    synth_brush(&canvas);
    synth_distract(&canvas);
    synth_damage(&canvas);
    if (image) {
        *image = image_new(size, size, 3);
        synth_illuminate(&canvas);
        synth_develop(&canvas);
        tint(&canvas, image);
    }
    free(canvas.brightness);
    free(canvas.shape);
}

void synth_make(uint64_t seed, uint64_t index, int size, Image *image, Image *labels) {
    make(seed, index, size, image, labels);
}

void synth_labels(uint64_t seed, uint64_t index, int size, Image *labels) {
    make(seed, index, size, NULL, labels);
}
