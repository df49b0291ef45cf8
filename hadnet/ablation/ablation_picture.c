/* ablation_picture.c - lays out the rows, and draws dots, means and intervals. */
#include "hadnet/ablation/ablation_picture.h"

#include "hadnet/ablation/paired_difference.h"
#include "hadnet/reports/axis.h"
#include "hadnet/reports/picture.h"

#include <math.h>

enum { WIDTH = 960, LINE = 36, TOP = 56, BOTTOM = 72, RIGHT = 32, SCALE = 2 };

static const Colour paper = { 255, 255, 255 }, ink = { 40, 40, 40 }, grid = { 225, 225, 225 };

static int names_width(const AblationTable *table) {
    int widest = 0;
    for (int row = 0; row < table->count; row++) {
        const int width = picture_text_width(table->rows[row].name, SCALE);
        if (width > widest) widest = width;
    }
    return widest + 32;
}

static void include(Axis *axis, double value) {
    if (isnan(value)) return;
    axis->low = fmin(axis->low, value);
    axis->high = fmax(axis->high, value);
}

/* In percent, over all dots and means; an interval may be wider, and is then cut at the edge. */
static Axis axis_of(const Ablation *ablation, const AblationScores *scores, int left) {
    Axis axis = { .low = INFINITY, .high = -INFINITY, .from = left, .to = WIDTH - RIGHT };
    for (int row = 0; row < ablation->table->count; row++)
        for (int seed = 0; seed < ablation->seeds; seed++)
            include(&axis, 100 * scores->number[ABLATION_MIOU_ALL][row][seed]);
    if (!(axis.low <= axis.high)) axis.low = 0, axis.high = 100;
    axis_fit(&axis, 8);
    return axis;
}

static void draw_axis(Image *picture, const Axis *axis, int bottom) {
    char text[32];
    for (int i = 0; i <= axis_tick_count(axis); i++) {
        const int at = (int)axis_place(axis, axis_tick(axis, i));
        axis_tick_text(axis, i, text, sizeof text);
        picture_rectangle(picture, at, TOP, 1, bottom - TOP, grid);
        picture_text(picture, at - picture_text_width(text, SCALE) / 2, bottom + 10, SCALE, ink,
                     text);
    }
    picture_text(picture, (int)axis->from, bottom + 40, SCALE, ink,
                 "mIoU over all classes, percent, test images");
}

static double inside(const Axis *axis, double value) {
    return axis_place(axis, fmin(fmax(value, axis->low), axis->high));
}

static void draw_row(Image *picture, const Axis *axis, const double *values, int seeds, int y) {
    const Spread spread = spread_of(values, seeds);
    const double mean = 100 * spread.mean, half = isnan(spread.half) ? 0 : 100 * spread.half;
    for (int seed = 0; seed < seeds; seed++) {
        if (isnan(values[seed])) continue;
        const double x = axis_place(axis, 100 * values[seed]);
        picture_line(picture, x, y, x, y, 8, class_colour(5));
    }
    if (spread.count == 0) return;
    const double x = axis_place(axis, mean);
    picture_line(picture, inside(axis, mean - half), y, inside(axis, mean + half), y, 2, ink);
    picture_line(picture, x, y - 9, x, y + 9, 3, ink);
}

/* The reference's mean, through all rows. */
static void draw_reference(Image *picture, const Axis *axis, const double *values, int seeds,
                           int bottom) {
    const Spread spread = spread_of(values, seeds);
    if (spread.count == 0) return;
    picture_rectangle(picture, (int)axis_place(axis, 100 * spread.mean), TOP, 1, bottom - TOP,
                      class_colour(6));
}

bool ablation_picture_write(const Ablation *ablation, const AblationScores *scores,
                            const char *path, Error *error) {
    const AblationTable *table = ablation->table;
    const int bottom = TOP + LINE * table->count, left = names_width(table);
    const Axis axis = axis_of(ablation, scores, left);
    Image picture = picture_new(WIDTH, bottom + BOTTOM, paper);
    picture_text(&picture, 16, 20, SCALE, ink, table->title);
    draw_axis(&picture, &axis, bottom);
    draw_reference(&picture, &axis, scores->number[ABLATION_MIOU_ALL][table->reference],
                   ablation->seeds, bottom);
    for (int row = 0; row < table->count; row++) {
        const int y = TOP + LINE * row + LINE / 2;
        picture_text(&picture, 16, y - 7, SCALE, ink, table->rows[row].name);
        draw_row(&picture, &axis, scores->number[ABLATION_MIOU_ALL][row], ablation->seeds, y);
    }
    const bool good = image_write_png(path, &picture, error);
    image_free(&picture);
    return good;
}
