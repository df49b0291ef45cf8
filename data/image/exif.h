/* exif.h - the image orientation stored in an EXIF block. */
#ifndef DATA_EXIF_H
#define DATA_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* The turn (as image_turn of resize.h counts them) that shows an image upright, from the TIFF
 * structure of an EXIF block: "II*\0" or "MM\0*" and what follows. Gives 0, no turn, if the block
 * is malformed, truncated, points outside itself, or states no orientation from 1 to 8. */
int exif_turn(const uint8_t *tiff, size_t count);

#endif
