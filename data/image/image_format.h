/* image_format.h - what png_read.c, jpeg_read.c and bmp_read.c give to image_file.c and image.c.
 * Private to this room.
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
    int width, height; /* as the pixels lie in the file */
    int turn;          /* how they are to be shown: see image_turn of resize.h */
} ImageFile;

struct ImageFormat {
    const char *name;
    bool (*matches)(const uint8_t *bytes, size_t count);

    /* Read the size from the first file->count bytes of a file of `whole` bytes, and judge it: by
     * image_file_judge, and by what the format at least needs for so many pixels. True with a width
     * of 0 where these bytes do not tell yet. */
    bool (*judge)(ImageFile *file, size_t whole, Error *error);

    /* Whether all of the file is there. Sets the size, if judge could not, and the turn. May mend
     * the bytes. */
    bool (*check)(ImageFile *file, Error *error);

    /* The pixels as they lie in the file, as photograph or as labels (see image.h). */
    bool (*decode)(const ImageFile *file, int channels, Image *image, Error *error);
    bool (*decode_labels)(const ImageFile *file, Image *image, Error *error);
};

extern const ImageFormat image_format_png, image_format_jpeg, image_format_bmp;

/* Refuse sides of 0 or above IMAGE_SIDE_MAX, and more pixels than the limit. */
bool image_file_judge(const ImageFile *file, int64_t width, int64_t height, Error *error);

/* The grey of a colour, in the decoder's own depth: (77 r + 150 g + 29 b) / 256. */
static inline int image_grey(int red, int green, int blue) {
    return (77 * red + 150 * green + 29 * blue) >> 8;
}

/* Three equal channels become one; unequal ones are colours, which say nothing about labels. On
 * failure the image is freed. */
bool image_reduce_to_labels(const char *path, Image *image, Error *error);

#endif
