/* page_chart.c - a section of the audit's page: a paragraph, and its charts in SVG. */
#include "hyp/audit/page_chart.h"

#include <math.h>

enum { WIDTH = 380, HEIGHT = 230, LEFT = 48, RIGHT = 12, TOP = 26, BOTTOM = 36 };

static double x_place(const AuditChart *chart, double x) {
    return LEFT + audit_chart_x(chart, x) * (WIDTH - LEFT - RIGHT);
}

static double y_place(const AuditChart *chart, double y) {
    return HEIGHT - BOTTOM - audit_chart_y(chart, y) * (HEIGHT - TOP - BOTTOM);
}

static void write_text(FILE *file, const char *text) {
    for (; *text; text++) *text == '<' ? fputs("&lt;", file) : fputc(*text, file);
}

static void write_axes(FILE *file, const AuditChart *chart) {
    for (int y = (int)chart->low; y <= (int)chart->high; y += chart->y_step) {
        const double at = y_place(chart, chart->logarithmic ? pow(10, y) : y);
        fprintf(file, "<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>", LEFT,
                WIDTH - RIGHT, at, at);
        if (chart->logarithmic)
            fprintf(file, "<text x='%d' y='%.1f' text-anchor='end'>1e%d</text>\n", LEFT - 5, at + 4,
                    y);
        else
            fprintf(file, "<text x='%d' y='%.1f' text-anchor='end'>%d</text>\n", LEFT - 5, at + 4,
                    y);
    }
    for (int x = (int)chart->x_low; x <= (int)chart->x_high; x += chart->x_step)
        fprintf(file, "<text x='%.1f' y='%d' text-anchor='middle'>%d</text>\n", x_place(chart, x),
                HEIGHT - BOTTOM + 15, x);
    fprintf(file, "<text x='%d' y='%d' text-anchor='middle'>", (LEFT + WIDTH - RIGHT) / 2,
            HEIGHT - 5);
    fprintf(file, "%s</text>\n<text class='title' x='%d' y='15'>%s</text>\n", chart->x_name, LEFT,
            chart->title);
}

static void write_chart(FILE *file, const AuditChart *chart) {
    fprintf(file, "<svg viewBox='0 0 %d %d' role='img' aria-label='%s'>\n", WIDTH, HEIGHT,
            chart->title);
    write_axes(file, chart);
    for (int i = 0; i < chart->count; i++) {
        const AuditCurve *curve = &chart->curves[i];
        fprintf(file, "<polyline class='line%d' points='", (int)curve->line);
        for (int k = 0; k < curve->count; k++)
            if (curve->y[k] == curve->y[k])
                fprintf(file, "%.1f,%.1f ", x_place(chart, curve->x[k]),
                        y_place(chart, curve->y[k]));
        fprintf(file, "'><title>%s</title></polyline>\n", curve->name);
    }
    fputs("</svg>\n", file);
}

void page_section_write(FILE *file, const AuditSection *section) {
    fprintf(file, "<h2>%s</h2>\n<p>", section->heading);
    write_text(file, section->text);
    fputs("</p>\n<div class='charts'>\n", file);
    for (int i = 0; i < section->count; i++) write_chart(file, &section->charts[i]);
    fputs("</div>\n", file);
}
