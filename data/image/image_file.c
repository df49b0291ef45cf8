/* image_file.c - opens an image file: finds its format, checks its size, then reads it whole. */
#include "data/image/image_file.h"

#include "tensor/regular_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 30, HEAD_BYTES = 1 << 16 };

static bool find_format(ImageFile *file, Error *error) {
    static const ImageFormat *const formats[] = { &image_format_png, &image_format_jpeg,
                                                  &image_format_bmp };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i]->matches(file->bytes, file->count)) file->format = formats[i];
    return file->format ||
           error_set(error, "%s: not an image; expected PNG, JPEG or BMP", file->path);
}

/* Read on until `count` bytes are in memory. */
static bool read_to(ImageFile *file, FILE *stream, size_t count, Error *error) {
    uint8_t *bytes = realloc(file->bytes, count);
    if (!bytes) return error_no_memory(error, "%s: its %zu bytes", file->path, count);
    file->bytes = bytes;
    file->count += fread(bytes + file->count, 1, count - file->count, stream);
    return file->count == count ||
           error_set(error, "%s: read %zu of %zu bytes", file->path, file->count, count);
}

static bool read_and_check(ImageFile *file, FILE *stream, size_t whole, Error *error) {
    return read_to(file, stream, whole < HEAD_BYTES ? whole : HEAD_BYTES, error) &&
           find_format(file, error) && file->format->read_header(file, whole, error) &&
           (file->count == whole || read_to(file, stream, whole, error)) &&
           file->format->check(file, error);
}

bool image_file_open(const char *path, ImageFile *file, Error *error) {
    uint64_t whole;
    *file = (ImageFile){ .path = path };
    FILE *stream = regular_file_open(path, &whole, error);
    if (!stream) return false;
    if (whole == 0 || whole > FILE_BYTES_MAX) {
        fclose(stream);
        return error_set(error, "%s: %s: %llu bytes; expected an image of at most %d", path,
                         whole ? "too large" : "the file is empty", (unsigned long long)whole,
                         FILE_BYTES_MAX);
    }
    const bool good = read_and_check(file, stream, (size_t)whole, error);
    fclose(stream);
    if (!good) image_file_close(file);
    return good;
}

void image_file_close(ImageFile *file) {
    free(file->bytes);
    file->bytes = NULL;
    file->count = 0;
}
