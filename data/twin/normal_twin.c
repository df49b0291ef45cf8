/* normal_twin.c - makes pairs by filling defects with texture, or by pasting defects. */
#include "data/twin/normal_twin.h"

#include "data/dataset.h"
#include "data/twin/illumination.h"
#include "data/twin/texture_fill.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

TwinOptions twin_default(void) {
    return (TwinOptions){ .decoys = 2, .defect_most = 0.4 };
}

static int reach_of(int asked, const Image *image) {
    const int side = image->width > image->height ? image->width : image->height;
    return asked > 0 ? asked : side / 64 > 2 ? side / 64 : 2;
}

static size_t pixels_of(const Image *image) {
    return (size_t)image->width * (size_t)image->height;
}

/* The fraction of the image that is defect; LABEL_IGNORE is not counted. */
static double defect_part(const Image *labels) {
    size_t count = 0;
    for (size_t i = 0; i < pixels_of(labels); i++)
        count += labels->pixels[i] != 0 && labels->pixels[i] != LABEL_IGNORE;
    return (double)count / (double)pixels_of(labels);
}

/* Try a few times to mark an ellipse in `mask` whose box, with `margin` around, is still clean. */
static void add_decoy(uint8_t *mask, int width, int height, int margin, Random *random) {
    const int side = width < height ? width : height;
    int *sums = hole_sums(mask, width, height);
    for (int attempt = 0; attempt < 20; attempt++) {
        const int a = side / 24 + (int)random_below(random, (uint64_t)side / 10 + 1) + 1;
        const int b = side / 24 + (int)random_below(random, (uint64_t)side / 10 + 1) + 1;
        const int x = (int)random_below(random, (uint64_t)width);
        const int y = (int)random_below(random, (uint64_t)height);
        const int left = x - a - margin, right = x + a + margin + 1;
        const int top = y - b - margin, bottom = y + b + margin + 1;
        if (left < 0 || top < 0 || right > width || bottom > height) continue;
        if (holes_in(sums, width, left, top, right, bottom) > 0) continue;
        for (int v = -b; v <= b; v++)
            for (int u = -a; u <= a; u++)
                if ((long)u * u * b * b + (long)v * v * a * a <= (long)a * a * b * b)
                    mask[(size_t)(y + v) * (size_t)width + (size_t)(x + u)] = 1;
        break;
    }
    free(sums);
}

/* Masks around the replaced pixels: `hole` is every pixel that changes, alpha the degree of
 * replacement: 1 to `margin` pixels around the mask, then falling to 0 over 2 * feather. */
static void make_masks(const uint8_t *mask, const Image *image, int margin, int feather,
                       uint8_t *hole, float *alpha) {
    mask_dilate(mask, image->width, image->height, margin + feather, hole);
    mask_soften(hole, image->width, image->height, feather, alpha);
    mask_dilate(mask, image->width, image->height, margin + 2 * feather, hole);
}

static float *texture_of(const Image *image, const float *smooth) {
    float *texture = memory_new(image_bytes(image), sizeof(float));
    for (size_t i = 0; i < image_bytes(image); i++) texture[i] = image->pixels[i] - smooth[i];
    return texture;
}

static uint8_t to_byte(float value) {
    return (uint8_t)fminf(fmaxf(value + 0.5f, 0), 255);
}

static Image compose(const Image *image, const float *smooth, const float *texture,
                     const float *fill, const float *alpha) {
    Image out = image_copy(image);
    for (size_t i = 0; i < image_bytes(image); i++) {
        const float a = alpha[i / 3];
        if (a > 0) out.pixels[i] = to_byte(smooth[i] + texture_mix(texture[i], fill[i], a));
    }
    return out;
}

bool twin_fill(const Image *image, const Image *labels, const TwinOptions *options, Random *random,
               Image *twin) {
    PROMISE(image->channels == 3 && image->width >= 16 && image->height >= 16, "%d x %d x %d",
            image->width, image->height, image->channels);
    *twin = (Image){ 0 };
    if (defect_part(labels) > options->defect_most) return false;
    const size_t pixels = pixels_of(image);
    const int margin = reach_of(options->margin, image),
              feather = reach_of(options->feather, image);
    uint8_t *mask = memory_new(pixels, 1), *hole = memory_new(pixels, 1);
    float *alpha = memory_new(pixels, sizeof(float)),
          *smooth = memory_new(3 * pixels, sizeof(float));
    for (size_t i = 0; i < pixels; i++) mask[i] = labels->pixels[i] != 0;
    for (int i = 0; i < options->decoys; i++)
        add_decoy(mask, image->width, image->height, margin + 2 * feather, random);
    make_masks(mask, image, margin, feather, hole, alpha);
    illumination(image, hole, smooth);
    float *texture = texture_of(image, smooth), *fill = texture_of(image, smooth);
    const bool good = texture_fill(fill, hole, image->width, image->height, random);
    if (good) *twin = compose(image, smooth, texture, fill, alpha);
    free(mask);
    free(hole);
    free(alpha);
    free(smooth);
    free(texture);
    free(fill);
    return good;
}

/* The ratio of the receiving image's illumination to the donor's where the defect lands. */
static float exposure_ratio(const float *normal, const float *donor, const uint8_t *hole,
                            size_t pixels) {
    double here = 0, there = 0;
    for (size_t i = 0; i < 3 * pixels; i++)
        if (hole[i / 3]) {
            here += normal[i];
            there += donor[i];
        }
    return there > 0 ? (float)fmin(fmax(here / there, 0.5), 2) : 1;
}

bool twin_paste(const Image *normal, const Image *donor, const Image *donor_labels,
                const TwinOptions *options, Image *pasted, Image *pasted_labels) {
    PROMISE(normal->width == donor->width && normal->height == donor->height,
            "%d x %d onto %d x %d", donor->width, donor->height, normal->width, normal->height);
    *pasted = *pasted_labels = (Image){ 0 };
    const double part = defect_part(donor_labels);
    if (part == 0 || part > options->defect_most) return false;
    const size_t pixels = pixels_of(normal);
    const int margin = reach_of(options->margin, normal);
    const int feather = reach_of(options->feather, normal);
    uint8_t *hole = memory_new(pixels, 1), *none = memory_new(pixels, 1);
    float *alpha = memory_new(pixels, sizeof(float));
    float *smooth = memory_new(3 * pixels, sizeof(float));
    float *donor_smooth = memory_new(3 * pixels, sizeof(float));
    make_masks(donor_labels->pixels, donor, margin, feather, hole, alpha);
    illumination(normal, none, smooth);
    illumination(donor, hole, donor_smooth);
    float *texture = texture_of(normal, smooth), *defect = texture_of(donor, donor_smooth);
    const float gain = exposure_ratio(smooth, donor_smooth, hole, pixels);
    for (size_t i = 0; i < 3 * pixels; i++) defect[i] *= gain;
    *pasted = compose(normal, smooth, texture, defect, alpha);
    *pasted_labels = image_copy(donor_labels);
    free(hole);
    free(none);
    free(alpha);
    free(smooth);
    free(donor_smooth);
    free(texture);
    free(defect);
    return true;
}
