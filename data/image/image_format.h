/* image_format.h - the interface of the three file formats (png_read.c, jpeg_read.c, bmp_read.c) to
 * image_file.c and image_read.c. Private to data/.
 */
#ifndef DATA_IMAGE_FORMAT_H
#define DATA_IMAGE_FORMAT_H

#include "data/image/image.h"

#include <stdint.h>

typedef struct ImageFormat ImageFormat;

typedef struct ImageFile {
    const char *path; /* the caller's */
    const ImageFormat *format;
    uint8_t *bytes; /* owned */
    size_t count;
    int width, height; /* as stored in the file, before the turn */
    int turn;          /* to show it upright: see image_turn of resize.h */
} ImageFile;

struct ImageFormat {
    const char *name;
    bool (*matches)(const uint8_t *bytes, size_t count);

    /* Read the size from the first file->count bytes of a file of `whole` bytes, and check it: by
     * image_file_accept_size, and by the fewest bytes that so many pixels need in this format. True
     * with a width of 0 if these bytes do not include the size. */
    bool (*read_header)(ImageFile *file, size_t whole, Error *error);

    /* Whether the file is complete. Sets the size, if read_header could not, and the turn. May
     * repair the bytes. */
    bool (*check)(ImageFile *file, Error *error);

    /* The pixels as stored in the file, as photograph or as labels (see image.h). */
    bool (*decode)(const ImageFile *file, int channels, Image *image, Error *error);
    bool (*decode_labels)(const ImageFile *file, Image *image, Error *error);
};

extern const ImageFormat image_format_png, image_format_jpeg, image_format_bmp;

/* Refuse sides of 0 or above IMAGE_SIDE_MAX, and more pixels than the limit. */
bool image_file_accept_size(const ImageFile *file, int64_t width, int64_t height, Error *error);

/* The grey of a colour, in the decoder's own depth: (77 r + 150 g + 29 b) / 256. */
static inline int image_grey(int red, int green, int blue) {
    return (77 * red + 150 * green + 29 * blue) >> 8;
}

/* Reduce three equal channels to one. Unequal channels are colours, which cannot be labels, and
 * fail. On failure the image is freed. */
bool image_reduce_to_labels(const char *path, Image *image, Error *error);

#endif
