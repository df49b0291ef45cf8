/* picture.h - drawing functions for an Image of three channels.
 *
 * Coordinates are pixels from the top left corner, x right, y down. Drawing is clipped to the
 * image. Text uses a 5x7 bitmap font of ASCII, magnified `scale` times; a character occupies 6 x 10
 * times the scale, its gaps included. A character beyond ASCII (of UTF-8) is drawn as one box.
 */
#ifndef HADNET_PICTURE_H
#define HADNET_PICTURE_H

#include "data/image/image.h"
#include "hadnet/reports/palette.h"

enum { FONT_WIDTH = 6, FONT_HEIGHT = 10 };

Image picture_new(int width, int height, Colour colour);
Colour picture_get(const Image *picture, int x, int y); /* x, y inside */
void picture_set(Image *picture, int x, int y, Colour colour);
void picture_rectangle(Image *picture, int x, int y, int width, int height, Colour colour);
void picture_frame(Image *picture, int x, int y, int width, int height, Colour colour);

/* A line with round ends, `thickness` pixels wide, its edges smoothed by coverage. */
void picture_line(Image *picture, double x0, double y0, double x1, double y1, double thickness,
                  Colour colour);

void picture_text(Image *picture, int x, int y, int scale, Colour colour, const char *text);
int picture_text_width(const char *text, int scale);

/* Copy `image` (1 or 3 channels) to x, y. */
void picture_place(Image *picture, int x, int y, const Image *image);

#endif
