/* image_file.h - a picture file in memory: whole, of a known format, and of a size that was judged
 * before memory was given to it.
 *
 * A file is judged by its first bytes: its sides, its pixels, and whether the file is as long as so
 * many pixels need at least. Only then is the rest of it read.
 */
#ifndef DATA_IMAGE_FILE_H
#define DATA_IMAGE_FILE_H

#include "data/image/image_format.h"

/* Read the regular file at path and check that it is a complete PNG (chunks to IEND, every checksum
 * right), JPEG (segments to the end-of-image marker) or BMP (as long as its size needs). Folders,
 * pipes, empty files and files over 1 GiB are refused. The line names path, what is wrong and what
 * was expected. */
bool image_file_open(const char *path, ImageFile *file, Error *error);
void image_file_close(ImageFile *file);

/* The size at which the picture is shown. */
void image_file_size(const ImageFile *file, int *width, int *height);

/* What image_read and image_read_labels give, of a file that is open. The caller frees. */
bool image_file_read(const ImageFile *file, int channels, Image *image, Error *error);
bool image_file_read_labels(const ImageFile *file, Image *image, Error *error);

#endif
