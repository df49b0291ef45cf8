/* resize.h - resizing, and the eight flips and turns of an image.
 *
 * A network sees squares. An image that is not square is either stretched to one, or letterboxed:
 * it keeps its aspect and lies in the middle of a square as wide as its longer side, which its
 * mirror images fill. The square is never held at its own size, which for a strip of 100 x 1000000
 * pixels would be 3 TB.
 */
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

/* How an image that is not square fills a square. */
typedef enum Fit { FIT_STRETCH, FIT_LETTERBOX } Fit;
extern const char *const fit_names[]; /* "stretch", "letterbox", NULL */

/* The square of an image in pixels of the image, and the place of the image in it. Stretched, the
 * image is all of its frame, which then is no square. */
typedef struct Frame {
    int width, height, left, top;
} Frame;
Frame frame_of(Fit fit, int width, int height);

/* The frame of an image at size x size, as image_resize_bilinear and image_resize_nearest. */
Image image_fit_bilinear(const Image *image, Fit fit, int size);
Image image_fit_nearest(const Image *image, Fit fit, int size);

/* Pixel `at` of a row of `length` that its mirror images continue: ... 1 0 0 1 2 ... */
static inline int image_mirrored(int64_t at, int length) {
    const int64_t period = 2 * (int64_t)length, in_period = (at % period + period) % period;
    return (int)(in_period < length ? in_period : period - 1 - in_period);
}

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
