/* prediction_picture.c - draws the pictures of an answer, and what stands below them. */
#include "hadnet/prediction/prediction_picture.h"

#include "hadnet/prediction/region_names.h"
#include "hadnet/reports/legend.h"
#include "hadnet/reports/overlays.h"
#include "hadnet/reports/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 32, LINE = FONT_HEIGHT + 4, KEY = FONT_HEIGHT - 2, GAP = 6 };

static const Colour paper = { 24, 24, 24 };

/* Text grows with the image. */
static int text_scale(int width, int height) {
    const int scale = (int)lround((width > height ? width : height) / 640.0);
    return scale > 1 ? scale : 1;
}

Image prediction_mask(const HadnetAnswer *answer) {
    return overlay_mask(answer->mask, answer->width, answer->height);
}

/* The classes, with their shares of the image and their largest scores; or that there is no
 * defect. */
static Legend legend_of(const HadnetAnswer *answer, const AnswerSummary *summary,
                        const char *const *class_names, int scale) {
    Legend legend = { .scale = scale };
    float scores[LEGEND_LABELS] = { 0 };
    for (int i = 0; i < answer->region_count; i++) {
        const HadnetRegion *region = &answer->regions[i];
        scores[region->class_index] = fmaxf(scores[region->class_index], region->largest_score);
    }
    for (int k = 1; k < LEGEND_LABELS; k++)
        if (legend_lists(summary->area, k))
            legend_add(&legend, k, "%.48s %.2f%% score %.2f", class_names[k],
                       100 * (double)summary->area[k] / (double)summary->pixels, (double)scores[k]);
    legend_add_others(&legend, summary->area);
    if (legend.count == 0) legend_add(&legend, 0, "no defect, score %.2f", (double)summary->score);
    return legend;
}

Image prediction_overlay(const Image *image, const HadnetAnswer *answer,
                         const AnswerSummary *summary, const char *const *class_names) {
    const int scale = text_scale(image->width, image->height);
    const Legend legend = legend_of(answer, summary, class_names, scale);
    const int needed = legend_width(&legend);
    const int width = image->width > needed ? image->width : needed;
    const int height = image->height + legend_draw(&legend, NULL, width, 0);
    Image picture;
    if (!image_allocate(&picture, width, height, 3, "picture", NULL)) return picture;
    picture_rectangle(&picture, 0, 0, width, height, paper);
    picture_place(&picture, 0, 0, image);
    overlay_draw_labels(&picture, answer->mask, image->width, image->height);
    region_names_draw(&picture, answer, class_names, scale);
    legend_draw(&legend, &picture, width, image->height);
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
    char text[TEXT_BYTES];
    snprintf(text, sizeof text, "1  max %.2f", (double)largest);
    const int margin = GAP * scale, ramp = RAMP * scale;
    const int from = margin + picture_text_width("score 0 ", scale), to = from + ramp;
    const int needed = to + margin + picture_text_width(text, scale) + margin;
    Image strip;
    if (!image_allocate(&strip, width > needed ? width : needed, HEIGHT * scale, 3, "picture",
                        NULL))
        return strip;
    picture_rectangle(&strip, 0, 0, strip.width, strip.height, value(0));
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
    if (scores.pixels && strip.pixels &&
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
