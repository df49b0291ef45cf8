/* curves.c - lays out panels and draws axes, ticks, curves and legends. */
#include "hadnet/reports/curves.h"

#include "hadnet/reports/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 960,
    HEIGHT = 360, /* of a panel */
    LEFT = 104,   /* margins around the axes */
    TOP = 44,
    BOTTOM = 56,
    LEGEND_KEY = 44, /* the legend's line sample with its gaps */
    SCALE = 2        /* of the text */
};

static const Colour paper = { 255, 255, 255 }, ink = { 40, 40, 40 }, grid = { 225, 225, 225 };

/* An axis: value v is drawn at from + (v - low) / (high - low) * (to - from). */
typedef struct Axis {
    double low, high, step; /* step: between ticks */
    double from, to;        /* pixels */
} Axis;

static double axis_place(const Axis *axis, double value) {
    return axis->from + (value - axis->low) / (axis->high - axis->low) * (axis->to - axis->from);
}

/* The smallest of 1, 2, 5 times a power of ten that divides the range into at most `ticks`
 * parts. */
static double round_step(double range, int ticks) {
    const double least = range / ticks, power = pow(10, floor(log10(least)));
    const double factor = least / power;
    const double slack = 1 + 1e-9; /* 0.3 / 3 is a little more than 0.1 */
    return power * (factor <= slack ? 1 : factor <= 2 * slack ? 2 : factor <= 5 * slack ? 5 : 10);
}

/* Widen low..high to whole steps; an empty range gets one around it. */
static void fit_axis(Axis *axis, int ticks) {
    const double size = fmax(fabs(axis->low), fabs(axis->high));
    if (!(axis->high - axis->low > 1e-9 * size)) {
        const double half = size > 0 ? 0.5 * size : 0.5;
        axis->low -= half;
        axis->high += half;
    }
    axis->step = round_step(axis->high - axis->low, ticks);
    axis->low = floor(axis->low / axis->step + 1e-9) * axis->step;
    axis->high = ceil(axis->high / axis->step - 1e-9) * axis->step;
}

static double cell(const Csv *table, int row, int column) {
    return table->cells[(size_t)row * (size_t)table->columns + (size_t)column];
}

/* Widen low..high by the finite values of a column. */
static void include_column(const Csv *table, int column, Axis *axis) {
    for (int row = 0; row < table->rows; row++) {
        const double value = cell(table, row, column);
        if (!isfinite(value) || fabs(value) > 1e100) continue;
        axis->low = fmin(axis->low, value);
        axis->high = fmax(axis->high, value);
    }
}

static Colour curve_colour(int index) {
    static const int labels[CURVES_PER_PANEL_MAX] = { 5, 6, 3, 7, 1, 2, 8, 12 };
    return class_colour(labels[index % CURVES_PER_PANEL_MAX]);
}

static int tick_count(const Axis *axis) {
    return (int)lround((axis->high - axis->low) / axis->step);
}

/* The value of tick i: a whole multiple of the step, so that zero is zero. */
static void tick_text(const Axis *axis, int i, char *text, size_t size) {
    const double value = (round(axis->low / axis->step) + i) * axis->step;
    snprintf(text, size, "%.4g", value);
}

static void draw_axes(Image *picture, const Axis *x, const Axis *y) {
    char text[32];
    for (int i = 0; i <= tick_count(y); i++) {
        const double at = axis_place(y, y->low + i * y->step);
        tick_text(y, i, text, sizeof text);
        picture_rectangle(picture, (int)x->from, (int)at, (int)(x->to - x->from), 1, grid);
        picture_text(picture, (int)x->from - 10 - picture_text_width(text, SCALE), (int)at - 7,
                     SCALE, ink, text);
    }
    for (int i = 0; i <= tick_count(x); i++) {
        const double at = axis_place(x, x->low + i * x->step);
        tick_text(x, i, text, sizeof text);
        picture_rectangle(picture, (int)at, (int)y->from, 1, 6, ink);
        picture_text(picture, (int)at - picture_text_width(text, SCALE) / 2 + SCALE / 2,
                     (int)y->from + 12, SCALE, ink, text);
    }
    picture_rectangle(picture, (int)x->from, (int)y->from, (int)(x->to - x->from) + 1, 1, ink);
    picture_rectangle(picture, (int)x->from, (int)y->to, 1, (int)(y->from - y->to), ink);
    picture_text(picture, (int)x->to - picture_text_width("epoch", SCALE), (int)y->from + 32, SCALE,
                 ink, "epoch");
}

static bool finite_point(const Csv *table, int row, int epoch, int column) {
    return row >= 0 && row < table->rows && isfinite(cell(table, row, epoch)) &&
           isfinite(cell(table, row, column));
}

/* Lines between neighbouring points, and dots on points that are few or isolated. */
static void draw_curve(Image *picture, const Csv *table, int epoch, int column, const Axis *x,
                       const Axis *y, Colour colour) {
    const bool dots = table->rows <= 40;
    for (int row = 0; row < table->rows; row++) {
        if (!finite_point(table, row, epoch, column)) continue;
        const double value = fmin(fmax(cell(table, row, column), y->low), y->high);
        const double px = axis_place(x, cell(table, row, epoch)), py = axis_place(y, value);
        const bool before = finite_point(table, row - 1, epoch, column);
        if (before) {
            const double last = fmin(fmax(cell(table, row - 1, column), y->low), y->high);
            picture_line(picture, axis_place(x, cell(table, row - 1, epoch)), axis_place(y, last),
                         px, py, 2.5, colour);
        }
        if (dots || (!before && !finite_point(table, row + 1, epoch, column)))
            picture_line(picture, px, py, px, py, 7, colour);
    }
}

static int legend_width(const Csv *table, const CurvePanel *panel) {
    int width = 0;
    for (int i = 0; i < CURVES_PER_PANEL_MAX && panel->columns[i]; i++) {
        const int text = picture_text_width(panel->columns[i], SCALE);
        if (csv_column(table, panel->columns[i]) >= 0 && text > width) width = text;
    }
    return width + LEGEND_KEY + 16;
}

static void draw_panel(Image *picture, int top, const Csv *table, const CurvePanel *panel,
                       int legend) {
    const int epoch = csv_column(table, "epoch");
    Axis x = { .low = INFINITY, .high = -INFINITY, .from = LEFT, .to = WIDTH - legend };
    Axis y = { .low = INFINITY, .high = -INFINITY, .from = top + HEIGHT - BOTTOM, .to = top + TOP };
    if (epoch >= 0) include_column(table, epoch, &x);
    for (int i = 0; i < CURVES_PER_PANEL_MAX && panel->columns[i]; i++) {
        const int column = csv_column(table, panel->columns[i]);
        if (column >= 0) include_column(table, column, &y);
    }
    if (!(x.low <= x.high)) x.low = x.high = 0;
    if (panel->from_zero_to_one || !(y.low <= y.high)) y.low = 0, y.high = 1;
    fit_axis(&x, 8);
    if (x.step < 1) x.step = 1, x.low = floor(x.low), x.high = ceil(x.high);
    fit_axis(&y, 5);
    draw_axes(picture, &x, &y);
    picture_text(picture, LEFT, top + 16, SCALE, ink, panel->title);
    for (int i = 0, shown = 0; i < CURVES_PER_PANEL_MAX && panel->columns[i]; i++) {
        const int column = csv_column(table, panel->columns[i]), line = top + TOP + 24 * shown;
        if (column < 0 || epoch < 0) continue;
        draw_curve(picture, table, epoch, column, &x, &y, curve_colour(i));
        picture_line(picture, x.to + 18, line + 7, x.to + 36, line + 7, 4, curve_colour(i));
        picture_text(picture, (int)x.to + LEGEND_KEY, line, SCALE, ink, panel->columns[i]);
        shown++;
    }
}

Image curves_draw(const Csv *table, const CurvePanel *panels, int count) {
    int legend = 0;
    for (int i = 0; i < count; i++) {
        const int width = legend_width(table, &panels[i]);
        if (width > legend) legend = width;
    }
    if (legend > WIDTH / 2) legend = WIDTH / 2;
    Image picture = picture_new(WIDTH, HEIGHT * (count > 0 ? count : 1), paper);
    for (int i = 0; i < count; i++) draw_panel(&picture, i * HEIGHT, table, &panels[i], legend);
    return picture;
}

bool curves_write(const char *csv_path, const CurvePanel *panels, int count, const char *png_path,
                  Error *error) {
    Csv table;
    if (!csv_read(csv_path, &table, error)) return false;
    Image picture = curves_draw(&table, panels, count);
    const bool good = image_write_png(png_path, &picture, error);
    image_free(&picture);
    csv_free(&table);
    return good;
}
