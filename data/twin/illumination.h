/* illumination.h - estimates an image's illumination, and grows and softens masks for twins. */
#ifndef DATA_SLOW_LIGHT_H
#define DATA_SLOW_LIGHT_H

#include "data/image/image.h"

/* smooth[height * width * channels]: local means over cells of about side / 24 pixels, of those
 * pixels whose `hole` is 0, interpolated smoothly across the holes from all sides. */
void illumination(const Image *image, const uint8_t *hole, float *smooth);

/* out = 1 where a pixel of `mask` within `reach` rows and columns is not 0. */
void mask_dilate(const uint8_t *mask, int width, int height, int reach, uint8_t *out);

/* out = the fraction of each pixel's (2 reach + 1)^2 neighbourhood that is in `mask` (of 0 and 1);
 * outside the image the nearest pixel inside counts. */
void mask_soften(const uint8_t *mask, int width, int height, int reach, float *out);

#endif
