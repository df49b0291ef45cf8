/* image.h - 8-bit images in memory, and reading and writing PNG, JPEG and BMP files.
 *
 * An Image is rows of pixels, top row first, channels last (HWC). Photographs are read as three
 * channels whatever the file has; masks as one. Every file's header is checked before memory for
 * it is allocated, and the file is checked for completeness before it is decoded (image_file.h).
 *
 * An image is read as a viewer shows it: if an EXIF block (of JPEG or PNG) gives an orientation,
 * sizes and pixels are those of the upright image, for photographs and masks alike.
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

/* The extensions of the formats that are read. */
#define IMAGE_EXTENSIONS "png,jpg,jpeg,bmp"

/* The limits on the side and on the megapixels of an image that is read. */
enum { IMAGE_SIDE_MAX = 32768, IMAGE_MEGAPIXELS = 100, IMAGE_MEGAPIXELS_MAX = 1000 };

/* Refuse images of more than `most` million pixels (IMAGE_MEGAPIXELS unless this is called): a
 * larger size means a damaged header or an attack on memory. The setting is global to the process,
 * like the number of threads; call it before images are read. */
void image_set_megapixels(int most);

Image image_new(int width, int height, int channels); /* all zero */

/* The same for a size that comes from a file or a user: if it is too large, fails with an error
 * that begins with `name`, and leaves an empty image. */
bool image_allocate(Image *image, int width, int height, int channels, const char *name,
                    Error *error);
Image image_copy(const Image *image);
void image_free(Image *image); /* an Image of zeros may be freed too */

static inline size_t image_bytes(const Image *image) {
    return (size_t)image->width * (size_t)image->height * (size_t)image->channels;
}

/* Read a photograph as `channels` (1: intensity, 3: red, green, blue) 8-bit channels; any depth is
 * converted, transparency is dropped. The caller frees. Fails with a line naming path when the
 * file is missing, empty, truncated, damaged, of another format or too large, and when there is no
 * memory for it. */
bool image_read(const char *path, int channels, Image *image, Error *error);

/* Read a mask as its raw numbers, one channel. Of a PNG: palette indices as they are, 1-, 2- and
 * 4-bit greys unscaled, 16-bit values when all are below 256, grey stored as RGB. Of a BMP or a
 * JPEG: the greys that are shown. Colours are refused. */
bool image_read_labels(const char *path, Image *image, Error *error);

/* The size at which path is shown, after a check that the file is complete. Pixels are not decoded.
 */
bool image_probe(const char *path, int *width, int *height, Error *error);

/* Write as PNG (1, 3 or 4 channels), as tensor/file_writer.h does. A failed write (a full
 * disk) leaves no file behind and the old one untouched. */
bool image_write_png(const char *path, const Image *image, Error *error);

PUBLIC_END

#endif
