/* image_file.h - the bytes of a picture file, and whether all of them are there. */
#ifndef DATA_IMAGE_FILE_H
#define DATA_IMAGE_FILE_H

#include "tensor/error.h"
#include "tensor/public.h"

#include <stddef.h>
#include <stdint.h>

PUBLIC_BEGIN

/* Read the regular file at path whole; the caller frees *bytes. Folders, pipes, empty files and
 * files over 1 GiB are refused. */
bool image_file_read(const char *path, uint8_t **bytes, size_t *count, Error *error);

/* Whether the bytes are a complete PNG (chunks to IEND, every checksum right), JPEG (segments to
 * the end-of-image marker) or BMP (as long as its header says). The line names path and what is
 * missing. */
bool image_file_is_complete(const char *path, const uint8_t *bytes, size_t count, Error *error);

bool image_file_is_png(const uint8_t *bytes, size_t count);

PUBLIC_END

#endif
