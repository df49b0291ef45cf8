/* image.c - allocates, copies, frees and writes images. */
#include "data/image/image.h"

#include "data/image/png_write.h"
#include "tensor/file_writer.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

Image image_new(int width, int height, int channels) {
    PROMISE(width > 0 && height > 0 && channels > 0, "image of %d x %d x %d", width, height,
            channels);
    Image image = { width, height, channels, NULL };
    image.pixels = memory_new(image_bytes(&image), 1);
    return image;
}

bool image_allocate(Image *image, int width, int height, int channels, const char *name,
                    Error *error) {
    *image = (Image){ width, height, channels, NULL };
    image->pixels = calloc(image_bytes(image), 1);
    if (image->pixels) return true;
    *image = (Image){ 0 };
    return error_no_memory(error, "%s: %d x %d pixels of %d bytes", name, width, height, channels);
}

Image image_copy(const Image *image) {
    Image copy = image_new(image->width, image->height, image->channels);
    memcpy(copy.pixels, image->pixels, image_bytes(image));
    return copy;
}

void image_free(Image *image) {
    free(image->pixels);
    *image = (Image){ 0 };
}

static void write_bytes(void *context, const uint8_t *bytes, size_t count) {
    file_writer_write(context, bytes, count);
}

bool image_write_png(const char *path, const Image *image, Error *error) {
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    const bool encoded = png_write_image(image, NULL, write_bytes, &writer);
    png_write_chunk("IEND", NULL, 0, write_bytes, &writer);
    return file_writer_finish(&writer, encoded, error) &&
           (encoded || error_no_memory(error, "%s: cannot write", path));
}
