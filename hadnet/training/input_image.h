/* input_image.h - the image that a network was given, converted back to bytes. */
#ifndef HADNET_INPUT_IMAGE_H
#define HADNET_INPUT_IMAGE_H

#include "data/augment.h"
#include "data/image/image.h"

/* values: [size][size][3], normalised. The caller frees. */
Image input_image(const real *values, int size, const Normalisation *normalisation);

#endif
