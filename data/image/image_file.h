/* image_file.h - a complete image file in memory, of a known format and an accepted size.
 *
 * The first bytes of a file give its sides and its number of pixels. They are checked against the
 * limits, and the file's length against the fewest bytes that so many pixels need. Only then is the
 * rest read.
 */
#ifndef DATA_IMAGE_FILE_H
#define DATA_IMAGE_FILE_H

#include "data/image/image_format.h"

/* Read the regular file at path and check that it is a complete PNG (chunks to IEND, every checksum
 * right), JPEG (segments to the end-of-image marker) or BMP (as long as its size needs). Folders,
 * pipes, empty files and files over 1 GiB are refused. The error names path, what is wrong and what
 * was expected. */
bool image_file_open(const char *path, ImageFile *file, Error *error);
void image_file_close(ImageFile *file);

/* The size at which the image is shown. */
void image_file_size(const ImageFile *file, int *width, int *height);

/* The results of image_read and image_read_labels, for an open file. The caller frees. */
bool image_file_read(const ImageFile *file, int channels, Image *image, Error *error);
bool image_file_read_labels(const ImageFile *file, Image *image, Error *error);

#endif
