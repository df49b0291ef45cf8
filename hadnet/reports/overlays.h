/* overlays.h - draws labels and anomaly scores as images.
 *
 * Label and score arrays are height x width of the image they belong to. Scores are in [0, 1].
 */
#ifndef HADNET_OVERLAYS_H
#define HADNET_OVERLAYS_H

#include "data/image/image.h"

/* One row of the sheet. */
typedef struct OverlaySample {
    Image image;               /* 3 channels */
    const uint8_t *truth;      /* NULL: unknown; 255: ignored */
    const uint8_t *prediction; /* NULL: unknown */
    const float *scores;       /* NULL: unknown */
    const char *caption;       /* such as the file's name; NULL: none */
    int width, height;         /* of the photograph, whose aspect is shown; 0: the image's own */
} OverlaySample;

/* The sheet: columns image, truth, prediction and anomaly score, a row per sample, captions with
 * the mean IoU of the image's defects, and below the scale of scores and at most 15 classes that
 * occur. */
Image overlays_draw(const OverlaySample *samples, int count, const char *const *class_names,
                    int classes);
bool overlays_write(const char *path, const OverlaySample *samples, int count,
                    const char *const *class_names, int classes, Error *error);

/* Drawings of one image, at its own size; the caller frees. If out of memory they are empty, and
 * image_write_png refuses to write them. */
Image overlay_mask(const uint8_t *labels, int width, int height); /* 1 channel: the labels */
Image overlay_blend(const Image *image, const uint8_t *labels);   /* classes on the image */
Image overlay_scores(const float *scores, int width, int height); /* 1 channel: 255 * score */
Image overlay_heat(const float *scores, int width, int height);   /* 3 channels: heat map */

/* Draw the classes on the top left width x height pixels of a picture of three channels: a light
 * fill that leaves the defect visible, and an outline around it, on the background, so that a
 * scratch of a single pixel shows in a large image too. */
void overlay_draw_labels(Image *picture, const uint8_t *labels, int width, int height);

/* The width of that outline: 1 up to 767 pixels of the longer side, then one more per 512. */
int overlay_outline(int width, int height);

#endif
