/* curves.c - lays out panels and draws axes, ticks, curves and legends. */
#include "hadnet/reports/curves.h"

#include "hadnet/reports/epoch_curves.h"
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

/* The column of a curve; -1: the table has none, or no number in it. */
static int column_of(const Csv *table, const Curve *curve) {
    const int column = csv_column(table, curve->column);
    for (int row = 0; column >= 0 && row < table->rows; row++)
        if (isfinite(cell(table, row, column))) return column;
    return -1;
}

static Colour curve_colour(int index) {
    static const int labels[CURVES_PER_PANEL_MAX] = { 5, 6, 3, 7, 1, 2, 8, 12 };
    return class_colour(labels[index % CURVES_PER_PANEL_MAX]);
}

static void draw_axes(Image *picture, const Axis *x, const Axis *y) {
    char text[32];
    for (int i = 0; i <= axis_tick_count(y); i++) {
        const double at = axis_place(y, axis_tick(y, i));
        axis_tick_text(y, i, text, sizeof text);
        picture_rectangle(picture, (int)x->from, (int)at, (int)(x->to - x->from), 1, grid);
        picture_text(picture, (int)x->from - 10 - picture_text_width(text, SCALE), (int)at - 7,
                     SCALE, ink, text);
    }
    for (int i = 0; i <= axis_tick_count(x); i++) {
        const double at = axis_place(x, axis_tick(x, i));
        axis_tick_text(x, i, text, sizeof text);
        picture_rectangle(picture, (int)at, (int)y->from, 1, 6, ink);
        picture_text(picture, (int)at - picture_text_width(text, SCALE) / 2 + SCALE / 2,
                     (int)y->from + 12, SCALE, ink, text);
    }
    picture_rectangle(picture, (int)x->from, (int)y->from, (int)(x->to - x->from) + 1, 1, ink);
    picture_rectangle(picture, (int)x->from, (int)y->to, 1, (int)(y->from - y->to), ink);
    picture_text(picture, (int)x->to - picture_text_width("epoch", SCALE), (int)y->from + 32, SCALE,
                 ink, "epoch");
}

/* Dashed lines over the height of the axes, their words beside them, one below the other. */
static void draw_marks(Image *picture, const Csv *table, const Axis *x, const Axis *y) {
    AxisMark marks[EPOCH_MARKS_MAX];
    const int count = epoch_marks(table, marks);
    for (int i = 0; i < count; i++) {
        const double at = axis_place(x, marks[i].at);
        if (!(at >= x->from && at <= x->to)) continue;
        const int width = picture_text_width(marks[i].text, SCALE);
        const int left = at + 8 + width > x->to ? (int)at - 8 - width : (int)at + 8;
        for (int dash = (int)y->to; dash < (int)y->from; dash += 10)
            picture_rectangle(picture, (int)at, dash, 2, 5, ink);
        picture_text(picture, left, (int)y->from - 22 * (i + 1), SCALE, ink, marks[i].text);
    }
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
    for (int i = 0; i < CURVES_PER_PANEL_MAX && panel->curves[i].column; i++) {
        const int text = picture_text_width(panel->curves[i].name, SCALE);
        if (column_of(table, &panel->curves[i]) >= 0 && text > width) width = text;
    }
    return width + LEGEND_KEY + 16;
}

static void draw_panel(Image *picture, int top, const Csv *table, const CurvePanel *panel,
                       int legend) {
    const int epoch = csv_column(table, "epoch");
    Axis x = { .low = INFINITY, .high = -INFINITY, .from = LEFT, .to = WIDTH - legend };
    Axis y = { .low = INFINITY, .high = -INFINITY, .from = top + HEIGHT - BOTTOM, .to = top + TOP };
    if (epoch >= 0) include_column(table, epoch, &x);
    for (int i = 0; i < CURVES_PER_PANEL_MAX && panel->curves[i].column; i++) {
        const int column = column_of(table, &panel->curves[i]);
        if (column >= 0) include_column(table, column, &y);
    }
    if (!(x.low <= x.high)) x.low = x.high = 0;
    if (panel->from_zero_to_one || !(y.low <= y.high)) y.low = 0, y.high = 1;
    axis_fit(&x, 8);
    if (x.step < 1) x.step = 1, x.low = floor(x.low), x.high = ceil(x.high);
    axis_fit(&y, 5);
    draw_axes(picture, &x, &y);
    draw_marks(picture, table, &x, &y);
    picture_text(picture, LEFT, top + 16, SCALE, ink, panel->title);
    for (int i = 0, shown = 0; i < CURVES_PER_PANEL_MAX && panel->curves[i].column; i++) {
        const int column = column_of(table, &panel->curves[i]), line = top + TOP + 24 * shown;
        if (column < 0 || epoch < 0) continue;
        draw_curve(picture, table, epoch, column, &x, &y, curve_colour(i));
        picture_line(picture, x.to + 18, line + 7, x.to + 36, line + 7, 4, curve_colour(i));
        picture_text(picture, (int)x.to + LEGEND_KEY, line, SCALE, ink, panel->curves[i].name);
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
