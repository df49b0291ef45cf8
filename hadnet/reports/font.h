/* font.h - a bitmap font of printable ASCII, five columns by seven rows, and two rows below the
 * line for the tails of g, j, p, q and y. */
#ifndef HADNET_FONT_H
#define HADNET_FONT_H

#include <stdint.h>

enum { GLYPH_COLUMNS = 5, GLYPH_ROWS = 9 };

/* The rows of a character, top first; bit 4 of a row is its leftmost pixel. A missing character is
 * a hollow box. */
const uint8_t *font_glyph(unsigned char character);

#endif
