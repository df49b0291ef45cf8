/* overlay_labels.c - draws the classes of pixels on an image. */
#include "hadnet/reports/overlays.h"
#include "hadnet/reports/picture.h"

#include <math.h>

static const double fill = 0.25; /* its share of a pixel */

int overlay_outline(int width, int height) {
    const int longer = width > height ? width : height;
    const int outline = (int)lround(longer / 512.0);
    return outline > 1 ? outline : 1;
}

/* The label at x, y; `outside` beyond the edges. */
static int label_at(const uint8_t *labels, int width, int height, int x, int y, int outside) {
    const bool inside = x >= 0 && y >= 0 && x < width && y < height;
    return inside ? labels[(size_t)y * (size_t)width + (size_t)x] : outside;
}

/* What the four neighbours of a labelled pixel are. */
typedef struct Border {
    bool background, other_class;
} Border;

static Border border_of(const uint8_t *labels, int width, int height, int x, int y) {
    static const int steps[4][2] = { { -1, 0 }, { 1, 0 }, { 0, -1 }, { 0, 1 } };
    const int here = labels[(size_t)y * (size_t)width + (size_t)x];
    Border border = { false, false };
    for (int i = 0; i < 4; i++) {
        const int next = label_at(labels, width, height, x + steps[i][0], y + steps[i][1], here);
        border.background |= next == 0;
        border.other_class |= next != 0 && next != here;
    }
    return border;
}

/* Colour the background within `radius` of the pixel x, y. */
static void draw_around(Image *picture, const uint8_t *labels, int width, int height, int x, int y,
                        int radius, Colour colour) {
    const double reach = (radius + 0.5) * (radius + 0.5);
    for (int dy = -radius; dy <= radius; dy++)
        for (int dx = -radius; dx <= radius; dx++)
            if (dx * dx + dy * dy <= reach &&
                label_at(labels, width, height, x + dx, y + dy, 1) == 0)
                picture_set(picture, x + dx, y + dy, colour);
}

void overlay_draw_labels(Image *picture, const uint8_t *labels, int width, int height) {
    const int outline = overlay_outline(width, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const int label = labels[(size_t)y * (size_t)width + (size_t)x];
            if (label == 0) continue;
            const Colour colour = class_colour(label);
            const Border border = border_of(labels, width, height, x, y);
            /* Between two classes there is no background for an outline. */
            const double share = border.other_class ? 1 : fill;
            picture_set(picture, x, y, colour_blend(picture_get(picture, x, y), colour, share));
            if (border.background)
                draw_around(picture, labels, width, height, x, y, outline, colour);
        }
}
