/* input_image.c - undoes the normalisation of an image. */
#include "hadnet/training/input_image.h"

Image input_image(const real *values, int size, const Normalisation *normalisation) {
    Image image = image_new(size, size, 3);
    for (int i = 0; i < size * size * 3; i++) {
        const real unit = values[i] * normalisation->deviation[i % 3] + normalisation->mean[i % 3];
        const real byte = unit * 255.0f + 0.5f;
        image.pixels[i] = (uint8_t)(byte < 0 ? 0 : byte > 255 ? 255 : byte);
    }
    return image;
}
