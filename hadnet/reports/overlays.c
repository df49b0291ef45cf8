/* overlays.c - draws masks, overlays and heat maps, and the sheet of samples. */
#include "hadnet/reports/overlays.h"

#include "data/image/resize.h"
#include "hadnet/reports/picture.h"

#include <math.h>
#include <string.h>

enum {
    CELL = 256, /* the longer side of a picture on the sheet */
    GAP = 12,
    COLUMNS = 4,
    SCALE = 2, /* of the text */
    LINE = FONT_HEIGHT * SCALE + 4,
    KEY = 16, /* side of a colour in the legend */
    WIDTH = COLUMNS * (CELL + GAP) + GAP
};

static const Colour paper = { 24, 24, 24 }, ink = { 235, 235, 235 };

/* Empty if out of memory: the size is that of a user's image. */
static Image new_picture(int width, int height, int channels) {
    Image picture;
    image_allocate(&picture, width, height, channels, "picture", NULL);
    return picture;
}

Image overlay_mask(const uint8_t *labels, int width, int height) {
    Image mask = new_picture(width, height, 1);
    if (mask.pixels) memcpy(mask.pixels, labels, image_bytes(&mask));
    return mask;
}

Image overlay_scores(const float *scores, int width, int height) {
    Image picture = new_picture(width, height, 1);
    for (size_t i = 0; i < image_bytes(&picture); i++) {
        const float score = scores[i] > 0 ? fminf(scores[i], 1) : 0; /* NaN: 0 */
        picture.pixels[i] = (uint8_t)lroundf(255 * score);
    }
    return picture;
}

Image overlay_heat(const float *scores, int width, int height) {
    Image picture = new_picture(width, height, 3);
    for (int y = 0; y < picture.height; y++)
        for (int x = 0; x < width; x++)
            picture_set(&picture, x, y, heat_colour(scores[(size_t)y * (size_t)width + (size_t)x]));
    return picture;
}

Image overlay_blend(const Image *image, const uint8_t *labels) {
    Image picture = new_picture(image->width, image->height, 3);
    if (!picture.pixels) return picture;
    picture_place(&picture, 0, 0, image);
    overlay_draw_labels(&picture, labels, image->width, image->height);
    return picture;
}

/* The displayed size of an image: its longer side is CELL. */
static void shown_size(const Image *image, int *width, int *height) {
    const int longer = image->width > image->height ? image->width : image->height;
    *width = (int)lround((double)image->width * CELL / longer);
    *height = (int)lround((double)image->height * CELL / longer);
    if (*width < 1) *width = 1;
    if (*height < 1) *height = 1;
}

/* The image at its size on the sheet, with labels (NULL: none) over it. Labels are enlarged
 * before they are drawn, so that an outline stays one pixel wide. */
static Image shown_image(const Image *image, const uint8_t *labels) {
    int width, height;
    shown_size(image, &width, &height);
    Image shown = image_resize_bilinear(image, width, height);
    if (!labels) return shown;
    Image mask = overlay_mask(labels, image->width, image->height);
    Image small = image_resize_nearest(&mask, width, height);
    Image blended = overlay_blend(&shown, small.pixels);
    image_free(&mask);
    image_free(&small);
    image_free(&shown);
    return blended;
}

static Image shown_scores(const Image *image, const float *scores) {
    int width, height;
    shown_size(image, &width, &height);
    Image heat = overlay_heat(scores, image->width, image->height);
    Image shown = image_resize_bilinear(&heat, width, height);
    image_free(&heat);
    return shown;
}

static void place_and_free(Image *sheet, int column, int y, Image shown) {
    picture_place(sheet, GAP + column * (CELL + GAP) + (CELL - shown.width) / 2, y, &shown);
    image_free(&shown);
}

static int row_height(const OverlaySample *sample) {
    int width, height;
    shown_size(&sample->image, &width, &height);
    return height + (sample->caption ? LINE : 0) + GAP;
}

static void draw_row(Image *sheet, int y, const OverlaySample *sample) {
    if (sample->caption) {
        picture_text(sheet, GAP, y, SCALE, ink, sample->caption);
        y += LINE;
    }
    place_and_free(sheet, 0, y, shown_image(&sample->image, NULL));
    if (sample->truth) place_and_free(sheet, 1, y, shown_image(&sample->image, sample->truth));
    if (sample->prediction)
        place_and_free(sheet, 2, y, shown_image(&sample->image, sample->prediction));
    if (sample->scores) place_and_free(sheet, 3, y, shown_scores(&sample->image, sample->scores));
}

/* Move to a position for an entry of that width: on this line, or the next. */
static void legend_place(int *x, int *y, int width) {
    if (*x == GAP || *x + width <= WIDTH - GAP) return;
    *x = GAP;
    *y += LINE;
}

/* Draw the classes' colours and the scale of scores from y down; returns the height. With sheet
 * NULL it only measures. */
static int draw_legend(Image *sheet, int y, const char *const *class_names, int classes) {
    const int top = y, ramp = 160;
    int x = GAP;
    for (int k = 1; k < classes; k++) {
        const int width = KEY + 8 + picture_text_width(class_names[k], SCALE) + 2 * GAP;
        legend_place(&x, &y, width);
        if (sheet) {
            picture_rectangle(sheet, x, y, KEY, KEY, class_colour(k));
            picture_text(sheet, x + KEY + 8, y + 1, SCALE, ink, class_names[k]);
        }
        x += width;
    }
    legend_place(&x, &y, ramp + picture_text_width("score 0  1", SCALE));
    const int from = x + picture_text_width("score 0 ", SCALE);
    if (sheet) {
        picture_text(sheet, x, y + 1, SCALE, ink, "score 0");
        for (int i = 0; i < ramp; i++)
            picture_rectangle(sheet, from + i, y, 1, KEY, heat_colour(i / (ramp - 1.0)));
        picture_frame(sheet, from - 1, y - 1, ramp + 2, KEY + 2, (Colour){ 110, 110, 110 });
        picture_text(sheet, from + ramp + 8, y + 1, SCALE, ink, "1");
    }
    return y + LINE - top;
}

Image overlays_draw(const OverlaySample *samples, int count, const char *const *class_names,
                    int classes) {
    static const char *const titles[COLUMNS] = { "image", "truth", "prediction", "anomaly score" };
    int height = GAP + LINE + GAP + draw_legend(NULL, 0, class_names, classes);
    for (int i = 0; i < count; i++) height += row_height(&samples[i]);
    Image sheet = picture_new(WIDTH, height, paper);
    for (int i = 0; i < COLUMNS; i++)
        picture_text(&sheet, GAP + i * (CELL + GAP), GAP, SCALE, ink, titles[i]);
    int y = GAP + LINE + GAP / 2;
    for (int i = 0; i < count; i++) {
        draw_row(&sheet, y, &samples[i]);
        y += row_height(&samples[i]);
    }
    draw_legend(&sheet, y, class_names, classes);
    return sheet;
}

bool overlays_write(const char *path, const OverlaySample *samples, int count,
                    const char *const *class_names, int classes, Error *error) {
    Image sheet = overlays_draw(samples, count, class_names, classes);
    const bool good = image_write_png(path, &sheet, error);
    image_free(&sheet);
    return good;
}
