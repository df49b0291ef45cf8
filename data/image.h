/* image.h - 8-bit pictures in memory, and the PNG, JPEG and BMP files they come from.
 *
 * An Image is rows of pixels, top row first, channels last (HWC). Photographs are read as three
 * channels whatever the file holds; masks as one. Every file is read whole and checked for
 * completeness before it is decoded, because decoders fill what a truncated file lacks with grey
 * and report success.
 */
#ifndef DATA_IMAGE_H
#define DATA_IMAGE_H

#include "tensor/error.h"
#include "tensor/public.h"

#include <stddef.h>
#include <stdint.h>

PUBLIC_BEGIN

typedef struct Image {
    int width, height, channels;
    uint8_t *pixels; /* height * width * channels, owned */
} Image;

/* No picture has more pixels than this: a larger header is damage, or an attack on memory. */
enum { IMAGE_PIXELS_MAX = 1 << 28 };

Image image_new(int width, int height, int channels); /* all zero */
Image image_copy(const Image *image);
void image_free(Image *image); /* an Image of zeros may be freed too */

static inline size_t image_bytes(const Image *image) {
    return (size_t)image->width * (size_t)image->height * (size_t)image->channels;
}

/* Read a photograph as `channels` (1: intensity, 3: red, green, blue) 8-bit channels; any depth is
 * converted, transparency is dropped. The caller frees. Fails with a line naming path when the
 * file is missing, empty, truncated, damaged, of another format or too large. */
bool image_read(const char *path, int channels, Image *image, Error *error);

/* Read a mask as its raw numbers, one channel: palette indices as they are, 1-, 2- and 4-bit greys
 * unscaled, 16-bit values when all are below 256, grey stored as RGB. Colours are refused. */
bool image_read_labels(const char *path, Image *image, Error *error);

/* The size that path's header states, after a check that the file is complete. */
bool image_probe(const char *path, int *width, int *height, Error *error);

/* Write as PNG (1, 3 or 4 channels), as tensor/file_writer.h does. A failed write (a full
 * disk) leaves no file behind and the old one untouched. */
bool image_write_png(const char *path, const Image *image, Error *error);

PUBLIC_END

#endif
