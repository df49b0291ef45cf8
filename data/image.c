#include "data/image.h"

#include "data/allocate.h"
#include "data/image_file.h"
#include "tensor/file_writer.h"

#define STBI_NO_STDIO
#include <stb/stb_image.h>
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

Image image_new(int width, int height, int channels) {
    PROMISE(width > 0 && height > 0 && channels > 0, "image of %d x %d x %d", width, height,
            channels);
    Image image = { width, height, channels, NULL };
    image.pixels = allocate(image_bytes(&image), 1);
    return image;
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

/* Open path, check that it is whole and that its header states a sane size. */
static bool open_image(const char *path, uint8_t **bytes, size_t *count, int size[2],
                       Error *error) {
    int channels;
    if (!image_file_read(path, bytes, count, error)) return false;
    bool good = image_file_is_complete(path, *bytes, *count, error);
    if (good && !stbi_info_from_memory(*bytes, (int)*count, &size[0], &size[1], &channels))
        good = error_set(error, "%s: its header is damaged or states more than %d pixels", path,
                         IMAGE_PIXELS_MAX);
    if (good && (size[0] < 1 || size[1] < 1 || size[0] > IMAGE_PIXELS_MAX / size[1]))
        good = error_set(error, "%s: %d x %d pixels; expected at least 1 and at most %d", path,
                         size[0], size[1], IMAGE_PIXELS_MAX);
    if (!good) {
        free(*bytes);
        *bytes = NULL;
    }
    return good;
}

bool image_probe(const char *path, int *width, int *height, Error *error) {
    uint8_t *bytes;
    size_t count;
    int size[2];
    if (!open_image(path, &bytes, &count, size, error)) return false;
    free(bytes);
    *width = size[0];
    *height = size[1];
    return true;
}

/* Memory that the decoder did not get is no fault of the picture. */
static bool undecodable(const char *path, Error *error) {
    const char *reason = stbi_failure_reason();
    if (!strcmp(reason, "outofmem")) return error_no_memory(error, "%s: its pixels", path);
    return error_set(error, "%s: unreadable image: %s", path, reason);
}

/* stb allocates the pixels with malloc, as image_new does, so image_free serves both. */
static bool decode(const char *path, const uint8_t *bytes, size_t count, int channels, Image *image,
                   Error *error) {
    int found;
    *image = (Image){ .channels = channels };
    image->pixels =
        stbi_load_from_memory(bytes, (int)count, &image->width, &image->height, &found, channels);
    return image->pixels || undecodable(path, error);
}

bool image_read(const char *path, int channels, Image *image, Error *error) {
    uint8_t *bytes;
    size_t count;
    int size[2];
    *image = (Image){ 0 };
    if (!open_image(path, &bytes, &count, size, error)) return false;
    const bool good = decode(path, bytes, count, channels, image, error);
    free(bytes);
    return good;
}

/* Give colour k of the palette the grey k, so that decoding yields the indices themselves. The
 * chunk's checksum becomes wrong, but it has been verified and the decoder ignores it. */
static void make_palette_identity(uint8_t *bytes, size_t count) {
    for (size_t at = 8; at + 12 <= count;) {
        const size_t length = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                              (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (!memcmp(bytes + at + 4, "PLTE", 4))
            for (size_t i = 0; i < length; i++) bytes[at + 8 + i] = (uint8_t)(i / 3);
        at += 12 + length;
    }
}

static bool decode_16_bit_labels(const char *path, const uint8_t *bytes, size_t count, Image *image,
                                 Error *error) {
    int found;
    *image = (Image){ .channels = 3 };
    uint16_t *values =
        stbi_load_16_from_memory(bytes, (int)count, &image->width, &image->height, &found, 3);
    if (!values) return undecodable(path, error);
    *image = image_new(image->width, image->height, 3);
    const size_t elements = image_bytes(image);
    size_t i = 0;
    while (i < elements && values[i] < 256) {
        image->pixels[i] = (uint8_t)values[i];
        i++;
    }
    const int last = i < elements ? values[i] : 0;
    free(values);
    if (i == elements) return true;
    image_free(image);
    return error_set(error, "%s: a 16-bit mask with the value %d; expected labels below 256", path,
                     last);
}

/* Three equal channels become one; unequal ones are colours, which say nothing about labels. */
static bool reduce_to_one_channel(const char *path, Image *image, int divisor, Error *error) {
    const size_t pixels = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *colour = image->pixels + 3 * i;
        if (colour[0] != colour[1] || colour[0] != colour[2]) {
            error_set(error,
                      "%s: a mask in colour (%d,%d,%d at pixel %zu); expected one channel "
                      "of labels",
                      path, colour[0], colour[1], colour[2], i);
            image_free(image);
            return false;
        }
        image->pixels[i] = (uint8_t)(colour[0] / divisor);
    }
    image->channels = 1;
    return true;
}

bool image_read_labels(const char *path, Image *image, Error *error) {
    uint8_t *bytes;
    size_t count;
    int size[2], divisor = 1;
    *image = (Image){ 0 };
    if (!open_image(path, &bytes, &count, size, error)) return false;
    bool good;
    /* Header bytes of a PNG: 24 is the depth, 25 the colour type (0 grey, 3 palette). */
    if (image_file_is_png(bytes, count) && bytes[25] == 3) make_palette_identity(bytes, count);
    if (image_file_is_png(bytes, count) && bytes[25] == 0 && bytes[24] < 8)
        divisor = 255 / ((1 << bytes[24]) - 1); /* the decoder stretches shallow greys to 0..255 */
    if (stbi_is_16_bit_from_memory(bytes, (int)count))
        good = decode_16_bit_labels(path, bytes, count, image, error);
    else
        good = decode(path, bytes, count, 3, image, error);
    free(bytes);
    return good && reduce_to_one_channel(path, image, divisor, error);
}

static void write_bytes(void *context, void *bytes, int count) {
    file_writer_write(context, bytes, (size_t)count);
}

bool image_write_png(const char *path, const Image *image, Error *error) {
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    const bool encoded = stbi_write_png_to_func(write_bytes, &writer, image->width, image->height,
                                                image->channels, image->pixels, 0) != 0;
    return file_writer_finish(&writer, encoded, error) &&
           (encoded || error_set(error, "%s: cannot write: the encoder failed", path));
}
