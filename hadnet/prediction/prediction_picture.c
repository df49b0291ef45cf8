/* prediction_picture.c - draws the pictures of an answer, and what stands below them. */
#include "hadnet/prediction/prediction_picture.h"

#include "hadnet/prediction/region_names.h"
#include "hadnet/reports/overlays.h"
#include "hadnet/reports/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ENTRY_BYTES = 96, LINE = FONT_HEIGHT + 4, KEY = FONT_HEIGHT - 2, GAP = 6 };

static const Colour paper = { 24, 24, 24 }, ink = { 235, 235, 235 };

/* Text grows with the image. */
static int text_scale(int width, int height) {
    const int scale = (int)lround((width > height ? width : height) / 640.0);
    return scale > 1 ? scale : 1;
}

Image prediction_mask(const HadnetAnswer *answer) {
    return overlay_mask(answer->mask, answer->width, answer->height);
}

/* ---- The legend of an overlay: a class per entry, in lines ---- */

typedef struct Legend {
    const HadnetAnswer *answer;
    const AnswerSummary *summary;
    const char *const *class_names;
    int scale;
} Legend;

/* "patches 12.50% score 0.98": its share of the image and its largest score. */
static void entry_text(const Legend *legend, int label, char text[ENTRY_BYTES]) {
    float score = 0;
    for (int i = 0; i < legend->answer->region_count; i++) {
        const HadnetRegion *region = &legend->answer->regions[i];
        if (region->class_index == label) score = fmaxf(score, region->largest_score);
    }
    snprintf(text, ENTRY_BYTES, "%.48s %.2f%% score %.2f", legend->class_names[label],
             100 * (double)legend->summary->area[label] / (double)legend->summary->pixels,
             (double)score);
}

static int entry_width(const Legend *legend, int label) {
    char text[ENTRY_BYTES];
    entry_text(legend, label, text);
    return picture_text_width(text, legend->scale) + (KEY + 3 * GAP) * legend->scale;
}

static void draw_entry(Image *picture, const Legend *legend, int label, int x, int y) {
    const int scale = legend->scale;
    char text[ENTRY_BYTES];
    entry_text(legend, label, text);
    picture_rectangle(picture, x, y, KEY * scale, KEY * scale, class_colour(label));
    picture_text(picture, x + (KEY + GAP) * scale, y, scale, ink, text);
}

static void clean_text(const Legend *legend, char text[ENTRY_BYTES]) {
    snprintf(text, ENTRY_BYTES, "no defect, score %.2f", (double)legend->summary->score);
}

/* The width that the widest entry needs. */
static int legend_width(const Legend *legend) {
    char text[ENTRY_BYTES];
    clean_text(legend, text);
    int widest = picture_text_width(text, legend->scale) + 2 * GAP * legend->scale;
    if (legend->summary->defect_area) widest = 0;
    for (int k = 1; k < 256; k++)
        if (legend->summary->area[k] && entry_width(legend, k) > widest)
            widest = entry_width(legend, k);
    return widest;
}

/* Draw the legend from `top` down; returns its height. With picture NULL it only measures. */
static int draw_legend(Image *picture, const Legend *legend, int width, int top) {
    const int scale = legend->scale;
    int x = GAP * scale, y = top + GAP * scale;
    char text[ENTRY_BYTES];
    clean_text(legend, text);
    if (picture && !legend->summary->defect_area) picture_text(picture, x, y, scale, ink, text);
    for (int k = 1; k < 256; k++) {
        if (!legend->summary->area[k]) continue;
        const int entry = entry_width(legend, k);
        if (x > GAP * scale && x + entry > width) {
            x = GAP * scale;
            y += LINE * scale;
        }
        if (picture) draw_entry(picture, legend, k, x, y);
        x += entry;
    }
    return y + LINE * scale - top;
}

Image prediction_overlay(const Image *image, const HadnetAnswer *answer,
                         const AnswerSummary *summary, const char *const *class_names) {
    const Legend legend = { answer, summary, class_names, text_scale(image->width, image->height) };
    const int needed = legend_width(&legend);
    const int width = image->width > needed ? image->width : needed;
    const int height = image->height + draw_legend(NULL, &legend, width, 0);
    Image picture;
    if (!image_allocate(&picture, width, height, 3, "picture", NULL)) return picture;
    picture_rectangle(&picture, 0, 0, width, height, paper);
    picture_place(&picture, 0, 0, image);
    overlay_draw_labels(&picture, answer->mask, image->width, image->height);
    region_names_draw(&picture, answer, class_names, legend.scale);
    draw_legend(&picture, &legend, width, image->height);
    return picture;
}

/* ---- The scale of scores ---- */

/* The heat map's value as a grey, so that it can be drawn like a colour. */
static Colour value(int index) {
    return (Colour){ (uint8_t)index, (uint8_t)index, (uint8_t)index };
}

/* "score 0 [ramp] 1  max 0.98" in values of the heat map. */
static Image draw_scale(int scale, int width, float largest) {
    enum { RAMP = 48, HEIGHT = LINE + GAP };
    char text[ENTRY_BYTES];
    snprintf(text, sizeof text, "1  max %.2f", (double)largest);
    const int margin = GAP * scale, ramp = RAMP * scale;
    const int from = margin + picture_text_width("score 0 ", scale), to = from + ramp;
    const int needed = to + margin + picture_text_width(text, scale) + margin;
    Image strip = picture_new(width > needed ? width : needed, HEIGHT * scale, value(0));
    picture_rectangle(&strip, 0, 0, strip.width, scale, value(255)); /* where the image ends */
    picture_text(&strip, margin, margin, scale, value(255), "score 0");
    for (int i = 0; i < ramp; i++)
        picture_rectangle(&strip, from + i, margin, 1, KEY * scale, value(255 * i / (ramp - 1)));
    picture_text(&strip, to + margin, margin, scale, value(255), text);
    return strip;
}

Image prediction_score(const HadnetAnswer *answer, const AnswerSummary *summary) {
    const int width = answer->width, height = answer->height;
    Image strip = draw_scale(text_scale(width, height), width, summary->score), picture;
    Image scores = overlay_scores(answer->score, width, height);
    if (scores.pixels &&
        image_allocate(&picture, strip.width, height + strip.height, 1, "picture", NULL)) {
        const size_t row = (size_t)picture.width;
        for (size_t y = 0; y < (size_t)height; y++)
            memcpy(picture.pixels + y * row, scores.pixels + y * (size_t)width, (size_t)width);
        for (size_t i = 0; i < row * (size_t)strip.height; i++)
            picture.pixels[(size_t)height * row + i] = strip.pixels[3 * i];
    } else {
        picture = (Image){ 0 };
    }
    image_free(&scores);
    image_free(&strip);
    return picture;
}
