/* texture_fill.h - fills holes in a texture with texture from elsewhere in it. */
#ifndef DATA_TEXTURE_FILL_H
#define DATA_TEXTURE_FILL_H

#include "tensor/random.h"

#include <stdbool.h>
#include <stdint.h>

/* texture[height * width * 3], of about zero mean. Every pixel whose `hole` is not 0 is overwritten
 * by tiles copied, and perhaps flipped, from places without holes (image quilting after Efros and
 * Freeman, SIGGRAPH 2001, with faded instead of cut overlaps): each tile takes the candidate that
 * best matches its surroundings. False, with texture untouched, if no clean place of at least 4 x 4
 * pixels can be found. */
bool texture_fill(float *texture, const uint8_t *hole, int width, int height, Random *random);

/* Mix two textures so that the mixture is as rough as they are: (1-a) x + a y would be smoother,
 * for uncorrelated x and y, by sqrt((1-a)^2 + a^2). */
float texture_mix(float x, float y, float a);

/* sums[(height + 1) * (width + 1)]: entry (y, x) counts the holes above and left of pixel (y, x).
 */
int *hole_sums(const uint8_t *hole, int width, int height);

/* The number of holes in the rectangle. */
int holes_in(const int *sums, int width, int left, int top, int right, int bottom);

#endif
