/* pixels.h - converts a caller's pixels to an Image of data/. */
#ifndef HADNET_PIXELS_H
#define HADNET_PIXELS_H

#include "data/image/image.h"
#include "hadnet/hadnet.h"

/* Whether every member of the image is in range; otherwise an error names the first that is not. */
bool pixels_check(const HadnetImage *image, Error *error);

/* The image with three channels of 8 bits and rows without gaps, as image_read gives for a file:
 * grey is copied to all three channels, alpha is dropped, and of 16 bits the upper 8 are kept.
 * Pixels already in that form are not copied: free what *owned is set to (NULL then), not the
 * image. false: out of memory. */
bool pixels_to_image(const HadnetImage *image, Image *out, uint8_t **owned, Error *error);

#endif
