/* palette.h - the colours of classes and of scores. */
#ifndef HADNET_PALETTE_H
#define HADNET_PALETTE_H

#include "data/image/png_write.h"

typedef struct Colour {
    uint8_t red, green, blue;
} Colour;

/* Class 0 is dark grey, the ignored label 255 white. Defects have Okabe and Ito's palette (2008),
 * seven hues that the colour-blind can distinguish, then darker and lighter shades of the seven,
 * and so on in a cycle. */
Colour class_colour(int label);

/* A heat map's colour for a value in [0, 1]: black, purple, red, orange, pale yellow, of steadily
 * rising lightness, so that it is readable in grey too. NaN is light blue, which no value has. */
Colour heat_colour(double value);

/* The same as palettes of a PNG: of the labels 0..classes-1, and of the scores 0, 1/255, ..., 1. */
PngPalette class_palette(int classes);
PngPalette heat_palette(void);

/* (1 - share) * below + share * above, per channel, rounded. */
Colour colour_blend(Colour below, Colour above, double share);

#endif
