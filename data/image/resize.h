/* resize.h - resizing, and the eight flips and turns of an image. */
#ifndef DATA_RESIZE_H
#define DATA_RESIZE_H

#include "data/image/image.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* Bilinear with half-pixel centres. When an axis shrinks, the triangle filter is as wide as the
 * shrinking factor, so that every source pixel counts (no aliasing; as Pillow's BILINEAR and
 * torchvision's antialias=True). Rounds to nearest. */
Image image_resize_bilinear(const Image *image, int width, int height);

/* The source pixel under each target pixel's centre: masks keep their labels. */
Image image_resize_nearest(const Image *image, int width, int height);

/* One of the eight symmetries of the square: turn & 1 flips left and right first, then turn >> 1
 * (0..3) quarter turns counter-clockwise. Odd quarter turns swap width and height. */
enum { TURNS = 8 };
Image image_turn(const Image *image, int turn);
static inline bool image_turn_swaps(int turn) {
    return turn >> 1 & 1;
}

/* The same where the size is a file's: without memory it fails with a line that begins with `name`,
 * and *out is empty. */
bool image_turn_to(const Image *image, int turn, Image *out, const char *name, Error *error);

PUBLIC_END

#endif
