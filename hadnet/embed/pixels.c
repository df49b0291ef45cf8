/* pixels.c - validates and converts a caller's pixels. */
#include "hadnet/embed/pixels.h"

#include <stdlib.h>
#include <string.h>

static size_t row_bytes(const HadnetImage *image) {
    return (size_t)image->width * (size_t)image->channels * (size_t)(image->bits / 8);
}

static size_t stride_of(const HadnetImage *image) {
    return image->stride ? image->stride : row_bytes(image);
}

bool pixels_check(const HadnetImage *image, Error *error) {
    if (!image->pixels) return error_set(error, "an image without pixels");
    if (image->width < 1 || image->width > IMAGE_SIDE_MAX || image->height < 1 ||
        image->height > IMAGE_SIDE_MAX)
        return error_set(error, "an image of %d x %d pixels; expected sides of 1 to %d",
                         image->width, image->height, IMAGE_SIDE_MAX);
    if (image->channels != 1 && image->channels != 3 && image->channels != 4)
        return error_set(error, "an image of %d channels; expected 1, 3 or 4", image->channels);
    if (image->bits != 8 && image->bits != 16)
        return error_set(error, "an image of %d bits a channel; expected 8 or 16", image->bits);
    if (stride_of(image) < row_bytes(image))
        return error_set(error, "rows of an image %zu bytes apart; expected at least %zu",
                         image->stride, row_bytes(image));
    return true;
}

/* One row's channel values, 8 bits each: `count` pixels to three channels. */
static void convert_row(const HadnetImage *image, const uint8_t *row, uint8_t *out) {
    const size_t step = (size_t)image->channels, green = step > 1 ? 1 : 0, blue = step > 1 ? 2 : 0;
    for (size_t x = 0; x < (size_t)image->width; x++) {
        const size_t at[3] = { x * step, x * step + green, x * step + blue };
        for (int c = 0; c < 3; c++) {
            uint16_t wide;
            if (image->bits == 8) {
                out[3 * x + (size_t)c] = row[at[c]];
                continue;
            }
            memcpy(&wide, row + 2 * at[c], sizeof wide); /* rows may lie at odd addresses */
            out[3 * x + (size_t)c] = (uint8_t)(wide >> 8);
        }
    }
}

bool pixels_to_image(const HadnetImage *image, Image *out, uint8_t **owned, Error *error) {
    const uint8_t *pixels = image->pixels;
    const size_t stride = stride_of(image);
    *owned = NULL;
    if (image->bits == 8 && image->channels == 3 && stride == row_bytes(image)) {
        *out = (Image){ image->width, image->height, 3, (uint8_t *)(uintptr_t)pixels };
        return true;
    }
    if (!image_allocate(out, image->width, image->height, 3, "an image", error)) return false;
    *owned = out->pixels;
    for (size_t y = 0; y < (size_t)image->height; y++)
        convert_row(image, pixels + y * stride, out->pixels + y * (size_t)image->width * 3);
    return true;
}
