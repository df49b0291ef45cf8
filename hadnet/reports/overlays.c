/* overlays.c - draws masks, overlays and heat maps, and the sheet of samples. */
#include "hadnet/reports/overlays.h"

#include "data/image/resize.h"
#include "hadnet/reports/legend.h"
#include "hadnet/reports/metrics.h"
#include "hadnet/reports/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    CELL = 256, /* the longer side of a picture on the sheet */
    GAP = 12,
    COLUMNS = 4,
    SCALE = 2, /* of the text */
    LINE = FONT_HEIGHT * SCALE + 4,
    KEY = 16, /* height of the scale */
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

/* The displayed size of a sample: its longer side is CELL. */
static void shown_size(const OverlaySample *sample, int *width, int *height) {
    const int own_width = sample->width ? sample->width : sample->image.width;
    const int own_height = sample->height ? sample->height : sample->image.height;
    const int longer = own_width > own_height ? own_width : own_height;
    *width = (int)lround((double)own_width * CELL / longer);
    *height = (int)lround((double)own_height * CELL / longer);
    if (*width < 1) *width = 1;
    if (*height < 1) *height = 1;
}

/* The image at its size on the sheet, with labels (NULL: none) over it. Labels are enlarged
 * before they are drawn, so that an outline stays one pixel wide. */
static Image shown_image(const OverlaySample *sample, const uint8_t *labels) {
    const Image *image = &sample->image;
    int width, height;
    shown_size(sample, &width, &height);
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

static Image shown_scores(const OverlaySample *sample) {
    int width, height;
    shown_size(sample, &width, &height);
    Image heat = overlay_heat(sample->scores, sample->image.width, sample->image.height);
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
    shown_size(sample, &width, &height);
    return height + (sample->caption ? LINE : 0) + GAP;
}

/* The mean IoU of the defects of one image; NaN if it has none, true or predicted. */
static double iou_of(const OverlaySample *sample, int classes) {
    Metrics metrics;
    double iou = NAN;
    metrics_begin(&metrics, classes);
    if (metrics_add(&metrics, sample->truth, sample->prediction, NULL,
                    (size_t)sample->image.width * (size_t)sample->image.height, NULL))
        iou = metrics_summary(&metrics).miou_defects;
    metrics_free(&metrics);
    return iou;
}

/* "NAME  IoU 81.3 %" */
static void draw_caption(Image *sheet, int y, const OverlaySample *sample, int classes) {
    enum { CAPTION = 256 };
    char text[CAPTION];
    const double iou = sample->truth && sample->prediction ? iou_of(sample, classes) : NAN;
    snprintf(text, sizeof text, isnan(iou) ? "%.200s" : "%.200s  IoU %.1f %%", sample->caption,
             100 * iou);
    picture_text(sheet, GAP, y, SCALE, ink, text);
}

static void draw_row(Image *sheet, int y, const OverlaySample *sample, int classes) {
    if (sample->caption) {
        draw_caption(sheet, y, sample, classes);
        y += LINE;
    }
    place_and_free(sheet, 0, y, shown_image(sample, NULL));
    if (sample->truth) place_and_free(sheet, 1, y, shown_image(sample, sample->truth));
    if (sample->prediction) place_and_free(sheet, 2, y, shown_image(sample, sample->prediction));
    if (sample->scores) place_and_free(sheet, 3, y, shown_scores(sample));
}

/* The classes that the samples show, true or predicted. */
static Legend legend_of(const OverlaySample *samples, int count, const char *const *class_names,
                        int classes) {
    Legend legend = { .scale = SCALE };
    int64_t area[LEGEND_LABELS] = { 0 };
    for (int i = 0; i < count; i++) {
        const uint8_t *const both[] = { samples[i].truth, samples[i].prediction };
        const size_t pixels = (size_t)samples[i].image.width * (size_t)samples[i].image.height;
        for (int which = 0; which < 2; which++)
            for (size_t k = 0; both[which] && k < pixels; k++) area[both[which][k]]++;
    }
    for (int k = classes; k < LEGEND_LABELS; k++) area[k] = 0; /* ignored pixels */
    for (int k = 1; k < classes; k++)
        if (legend_lists(area, k)) legend_add(&legend, k, "%s", class_names[k]);
    legend_add_others(&legend, area);
    return legend;
}

/* "score 0 [ramp] 1" */
static void draw_scale(Image *sheet, int y) {
    enum { RAMP = 160 };
    const int from = GAP + picture_text_width("score 0 ", SCALE);
    picture_text(sheet, GAP, y + 1, SCALE, ink, "score 0");
    for (int i = 0; i < RAMP; i++)
        picture_rectangle(sheet, from + i, y, 1, KEY, heat_colour(i / (RAMP - 1.0)));
    picture_frame(sheet, from - 1, y - 1, RAMP + 2, KEY + 2, (Colour){ 110, 110, 110 });
    picture_text(sheet, from + RAMP + 8, y + 1, SCALE, ink, "1");
}

Image overlays_draw(const OverlaySample *samples, int count, const char *const *class_names,
                    int classes) {
    static const char *const titles[COLUMNS] = { "image", "truth", "prediction", "anomaly score" };
    const Legend legend = legend_of(samples, count, class_names, classes);
    int height =
        GAP + LINE + GAP + LINE + (legend.count ? legend_draw(&legend, NULL, WIDTH, 0) : 0);
    for (int i = 0; i < count; i++) height += row_height(&samples[i]);
    Image sheet = picture_new(WIDTH, height, paper);
    for (int i = 0; i < COLUMNS; i++)
        picture_text(&sheet, GAP + i * (CELL + GAP), GAP, SCALE, ink, titles[i]);
    int y = GAP + LINE + GAP / 2;
    for (int i = 0; i < count; i++) {
        draw_row(&sheet, y, &samples[i], classes);
        y += row_height(&samples[i]);
    }
    draw_scale(&sheet, y);
    legend_draw(&legend, &sheet, WIDTH, y + LINE);
    return sheet;
}

bool overlays_write(const char *path, const OverlaySample *samples, int count,
                    const char *const *class_names, int classes, Error *error) {
    Image sheet = overlays_draw(samples, count, class_names, classes);
    const bool good = image_write_png(path, &sheet, error);
    image_free(&sheet);
    return good;
}
