/* audit_pictures.c - draws a section of the audit: its charts two by two, with a legend. */
#include "hadnet/reports/audit_pictures.h"

#include "data/image/image_file.h"
#include "hadnet/reports/picture.h"
#include "hyp/audit/section.h"

#include <math.h>
#include <stdio.h>

enum {
    PANEL_WIDTH = 680,
    PANEL_HEIGHT = 380,
    LEFT = 90, /* margins of a panel around its axes */
    RIGHT = 20,
    TOP = 40,
    BOTTOM = 60,
    HEAD = 40, /* the heading above the panels */
    LINE = 26, /* of the legend below them */
    KEY = 44,  /* length of the legend's line samples */
    SCALE = 2  /* of the text */
};

static const Colour paper = { 255, 255, 255 }, ink = { 40, 40, 40 }, grid = { 225, 225, 225 };

/* Lengths in pixels; no gap: a solid line. */
typedef struct Style {
    Colour colour;
    double thickness, dash, gap;
} Style;

static const Style styles[AUDIT_LINES] = {
    [AUDIT_LINE_USUAL] = { { 192, 80, 0 }, 3, 14, 8 },
    [AUDIT_LINE_GEOOPT] = { { 138, 47, 168 }, 3, 3, 7 },
    [AUDIT_LINE_HERE] = { { 11, 98, 196 }, 3, 1, 0 },
    [AUDIT_LINE_ALLOWED] = { { 119, 119, 119 }, 1.5, 1, 0 },
};

/* Draw from one point to the next; *along is the length of the curve before them, which the dashes
 * follow. */
static void draw_segment(Image *picture, const Style *style, double x0, double y0, double x1,
                         double y1, double *along) {
    const double length = hypot(x1 - x0, y1 - y0), period = style->dash + style->gap;
    if (style->gap == 0) {
        picture_line(picture, x0, y0, x1, y1, style->thickness, style->colour);
        return;
    }
    for (double start = -fmod(*along, period); start < length; start += period) {
        const double from = fmax(start, 0) / length,
                     to = fmin(start + style->dash, length) / length;
        if (to > from)
            picture_line(picture, x0 + from * (x1 - x0), y0 + from * (y1 - y0), x0 + to * (x1 - x0),
                         y0 + to * (y1 - y0), style->thickness, style->colour);
    }
    *along += length;
}

/* The rectangle of a chart's axes. */
typedef struct Area {
    int left, top, width, height;
} Area;

static double x_place(const AuditChart *chart, const Area *area, double x) {
    return area->left + audit_chart_x(chart, x) * area->width;
}

static double y_place(const AuditChart *chart, const Area *area, double y) {
    return area->top + (1 - audit_chart_y(chart, y)) * area->height;
}

static void draw_axes(Image *picture, const AuditChart *chart, const Area *area) {
    char text[32];
    for (int y = (int)chart->low; y <= (int)chart->high; y += chart->y_step) {
        const int at = (int)y_place(chart, area, chart->logarithmic ? pow(10, y) : y);
        snprintf(text, sizeof text, chart->logarithmic ? "1e%d" : "%d", y);
        picture_rectangle(picture, area->left, at, area->width, 1, grid);
        picture_text(picture, area->left - 10 - picture_text_width(text, SCALE), at - 7, SCALE, ink,
                     text);
    }
    for (int x = (int)chart->x_low; x <= (int)chart->x_high; x += chart->x_step) {
        const int at = (int)x_place(chart, area, x);
        snprintf(text, sizeof text, "%d", x);
        picture_rectangle(picture, at, area->top + area->height, 1, 6, ink);
        picture_text(picture, at - picture_text_width(text, SCALE) / 2,
                     area->top + area->height + 12, SCALE, ink, text);
    }
    picture_rectangle(picture, area->left, area->top + area->height, area->width + 1, 1, ink);
    picture_rectangle(picture, area->left, area->top, 1, area->height, ink);
    picture_text(picture, area->left + (area->width - picture_text_width(chart->x_name, SCALE)) / 2,
                 area->top + area->height + 34, SCALE, ink, chart->x_name);
    picture_text(picture, area->left, area->top - 26, SCALE, ink, chart->title);
}

static void draw_curve(Image *picture, const AuditChart *chart, const Area *area,
                       const AuditCurve *curve) {
    double along = 0;
    for (int k = 1, last = 0; k < curve->count; k++) {
        if (isnan(curve->y[k])) continue;
        if (!isnan(curve->y[last]))
            draw_segment(picture, &styles[curve->line], x_place(chart, area, curve->x[last]),
                         y_place(chart, area, curve->y[last]), x_place(chart, area, curve->x[k]),
                         y_place(chart, area, curve->y[k]), &along);
        last = k;
    }
}

static void draw_legend(Image *picture, const AuditChart *chart, int top) {
    for (int i = 0; i < chart->count; i++) {
        const AuditCurve *curve = &chart->curves[i];
        double along = 0;
        if (curve->count == 0) continue;
        draw_segment(picture, &styles[curve->line], LEFT, top + 7, LEFT + KEY, top + 7, &along);
        picture_text(picture, LEFT + KEY + 10, top, SCALE, ink, curve->name);
        top += LINE;
    }
}

static bool draw_section(void *folder, const AuditSection *section, Error *error) {
    const int columns = section->count > 1 ? 2 : 1, rows = (section->count + 1) / 2;
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s.png", (const char *)folder, section->name) >=
        (int)sizeof path)
        return error_set(error, "%.100s...: the name is too long", (const char *)folder);
    Image picture =
        picture_new(columns * PANEL_WIDTH,
                    HEAD + rows * PANEL_HEIGHT + (section->charts[0].count + 1) * LINE, paper);
    picture_text(&picture, LEFT, 12, SCALE, ink, section->heading);
    for (int i = 0; i < section->count; i++) {
        const AuditChart *chart = &section->charts[i];
        const Area area = { i % columns * PANEL_WIDTH + LEFT,
                            HEAD + i / columns * PANEL_HEIGHT + TOP, PANEL_WIDTH - LEFT - RIGHT,
                            PANEL_HEIGHT - TOP - BOTTOM };
        draw_axes(&picture, chart, &area);
        for (int k = 0; k < chart->count; k++)
            draw_curve(&picture, chart, &area, &chart->curves[k]);
    }
    draw_legend(&picture, &section->charts[0], HEAD + rows * PANEL_HEIGHT + 6);
    const bool good = image_write_png(path, &picture, error);
    image_free(&picture);
    return good;
}

bool audit_pictures_write(const char *folder, Error *error) {
    return audit_sections(draw_section, (void *)folder, error);
}
