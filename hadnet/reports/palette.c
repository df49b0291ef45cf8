/* palette.c - the tables of class and heat map colours. */
#include "hadnet/reports/palette.h"

#include <math.h>

enum { HUES = 7, IGNORED = 255 };

static uint8_t blend_channel(uint8_t below, uint8_t above, double share) {
    return (uint8_t)lround(below + share * (above - below));
}

Colour colour_blend(Colour below, Colour above, double share) {
    return (Colour){ blend_channel(below.red, above.red, share),
                     blend_channel(below.green, above.green, share),
                     blend_channel(below.blue, above.blue, share) };
}

Colour class_colour(int label) {
    static const Colour hues[HUES] = { { 230, 159, 0 },  { 86, 180, 233 }, { 0, 158, 115 },
                                       { 240, 228, 66 }, { 0, 114, 178 },  { 213, 94, 0 },
                                       { 204, 121, 167 } };
    const Colour black = { 0, 0, 0 }, white = { 255, 255, 255 };
    if (label <= 0) return (Colour){ 64, 64, 64 };
    if (label == IGNORED) return white;
    const Colour hue = hues[(label - 1) % HUES];
    const int shade = (label - 1) / HUES % 3;
    return shade == 0 ? hue : colour_blend(hue, shade == 1 ? black : white, 0.45);
}

Colour heat_colour(double value) {
    static const Colour knots[] = { { 0, 0, 0 },     { 60, 20, 100 },  { 150, 40, 110 },
                                    { 225, 85, 65 }, { 250, 165, 40 }, { 255, 250, 190 } };
    enum { SPANS = sizeof knots / sizeof *knots - 1 };
    if (isnan(value)) return (Colour){ 150, 220, 255 };
    const double at = fmin(fmax(value, 0), 1) * SPANS;
    const int span = at < SPANS ? (int)at : SPANS - 1;
    return colour_blend(knots[span], knots[span + 1], at - span);
}

static void put_colour(PngPalette *palette, int index, Colour colour) {
    uint8_t *to = palette->colours[index];
    to[0] = colour.red;
    to[1] = colour.green;
    to[2] = colour.blue;
}

PngPalette class_palette(int classes) {
    PngPalette palette = { .count = classes };
    for (int k = 0; k < classes; k++) put_colour(&palette, k, class_colour(k));
    return palette;
}

PngPalette heat_palette(void) {
    PngPalette palette = { .count = 256 };
    for (int i = 0; i < palette.count; i++) put_colour(&palette, i, heat_colour(i / 255.0));
    return palette;
}
