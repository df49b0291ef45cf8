/* pixels.h - a caller's pixels as the images that the data room knows. */
#ifndef HADNET_PIXELS_H
#define HADNET_PIXELS_H

#include "data/image/image.h"
#include "hadnet/hadnet.h"

/* Whether every member of the image is in its range; otherwise an error that names the first that
 * is not. */
bool pixels_check(const HadnetImage *image, Error *error);

/* The image with three channels of 8 bits and rows without gaps, as image_read gives those of a
 * file: a grey stands in all three channels, alpha is dropped, and of 16 bits the upper 8 are kept.
 * Pixels that lie so already are not copied: free what *owned is set to (NULL for those), not the
 * image. false: no memory. */
bool pixels_to_image(const HadnetImage *image, Image *out, uint8_t **owned, Error *error);

#endif
