/* picture.c - draws rectangles, antialiased lines, text and images. */
#include "hadnet/reports/picture.h"

#include "hadnet/reports/font.h"

#include <math.h>

Image picture_new(int width, int height, Colour colour) {
    Image picture = image_new(width, height, 3);
    picture_rectangle(&picture, 0, 0, width, height, colour);
    return picture;
}

static uint8_t *pixel_at(const Image *picture, int x, int y) {
    return picture->pixels + 3 * ((size_t)y * (size_t)picture->width + (size_t)x);
}

Colour picture_get(const Image *picture, int x, int y) {
    const uint8_t *pixel = pixel_at(picture, x, y);
    return (Colour){ pixel[0], pixel[1], pixel[2] };
}

void picture_set(Image *picture, int x, int y, Colour colour) {
    if (x < 0 || y < 0 || x >= picture->width || y >= picture->height) return;
    uint8_t *pixel = pixel_at(picture, x, y);
    pixel[0] = colour.red;
    pixel[1] = colour.green;
    pixel[2] = colour.blue;
}

static int clamp(int value, int low, int high) {
    return value < low ? low : value > high ? high : value;
}

void picture_rectangle(Image *picture, int x, int y, int width, int height, Colour colour) {
    const int right = clamp(x + width, 0, picture->width);
    const int bottom = clamp(y + height, 0, picture->height);
    for (int row = clamp(y, 0, bottom); row < bottom; row++)
        for (int column = clamp(x, 0, right); column < right; column++)
            picture_set(picture, column, row, colour);
}

void picture_frame(Image *picture, int x, int y, int width, int height, Colour colour) {
    picture_rectangle(picture, x, y, width, 1, colour);
    picture_rectangle(picture, x, y + height - 1, width, 1, colour);
    picture_rectangle(picture, x, y, 1, height, colour);
    picture_rectangle(picture, x + width - 1, y, 1, height, colour);
}

/* Distance of (x, y) from the segment that starts at (x0, y0) and extends by (dx, dy). */
static double segment_distance(double x, double y, double x0, double y0, double dx, double dy) {
    const double length2 = dx * dx + dy * dy;
    const double along = length2 > 0 ? ((x - x0) * dx + (y - y0) * dy) / length2 : 0;
    const double t = fmin(fmax(along, 0), 1);
    return hypot(x - x0 - t * dx, y - y0 - t * dy);
}

/* Clip: ends of a line may be anywhere, even infinitely far away. */
static int within(double value, int most) {
    return (int)fmin(fmax(value, 0), most);
}

void picture_line(Image *picture, double x0, double y0, double x1, double y1, double thickness,
                  Colour colour) {
    const double reach = thickness / 2 + 1;
    const int left = within(floor(fmin(x0, x1) - reach), picture->width);
    const int top = within(floor(fmin(y0, y1) - reach), picture->height);
    const int right = within(ceil(fmax(x0, x1) + reach), picture->width);
    const int bottom = within(ceil(fmax(y0, y1) + reach), picture->height);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) {
            /* A pixel's centre is half a pixel in; an edge fades over one pixel. */
            const double distance = segment_distance(x + 0.5, y + 0.5, x0, y0, x1 - x0, y1 - y0);
            const double cover = fmin(fmax(thickness / 2 + 0.5 - distance, 0), 1);
            if (cover > 0)
                picture_set(picture, x, y, colour_blend(picture_get(picture, x, y), colour, cover));
        }
}

/* Whether a byte continues a UTF-8 character whose first byte was drawn already. */
static bool continues(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

void picture_text(Image *picture, int x, int y, int scale, Colour colour, const char *text) {
    for (; *text && x < picture->width; text++) {
        if (continues(*text)) continue;
        const uint8_t *glyph = font_glyph((unsigned char)*text);
        for (int row = 0; row < GLYPH_ROWS; row++)
            for (int column = 0; column < GLYPH_COLUMNS; column++)
                if (glyph[row] >> (GLYPH_COLUMNS - 1 - column) & 1)
                    picture_rectangle(picture, x + column * scale, y + row * scale, scale, scale,
                                      colour);
        x += FONT_WIDTH * scale;
    }
}

int picture_text_width(const char *text, int scale) {
    int width = 0;
    for (; *text; text++)
        if (!continues(*text)) width += FONT_WIDTH * scale;
    return width;
}

void picture_place(Image *picture, int x, int y, const Image *image) {
    for (int row = 0; row < image->height; row++)
        for (int column = 0; column < image->width; column++) {
            const size_t at = (size_t)row * (size_t)image->width + (size_t)column;
            const uint8_t *pixel = image->pixels + at * (size_t)image->channels;
            const bool grey = image->channels < 3;
            const Colour colour = { pixel[0], pixel[grey ? 0 : 1], pixel[grey ? 0 : 2] };
            picture_set(picture, x + column, y + row, colour);
        }
}
