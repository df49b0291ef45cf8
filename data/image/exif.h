/* exif.h - how a camera was held: the orientation in an EXIF block. */
#ifndef DATA_EXIF_H
#define DATA_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* The turn (as image_turn of resize.h counts them) that shows a picture upright, from the TIFF
 * structure of an EXIF block: "II*\0" or "MM\0*" and what follows. 0, no turn, where the block is
 * none, is cut short, points outside itself, or states no orientation from 1 to 8. */
int exif_turn(const uint8_t *tiff, size_t count);

#endif
