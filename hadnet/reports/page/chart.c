/* chart.c - lays out and writes a line chart. */
#include "hadnet/reports/page/chart.h"

#include "hadnet/reports/page/html.h"

#include <math.h>

enum { WIDTH = 700, LEFT = 62, RIGHT = 16, TOP = 14, PLOT = 250, BOTTOM = 40, LINE = 20 };

static const char *const dashes[CHART_SERIES_MAX] = { "none", "7 4", "2 3",  "9 3 2 3",
                                                      "4 4",  "1 4", "12 4", "6 2 1 2" };

static void include(Axis *axis, double value) {
    if (!isfinite(value) || fabs(value) > 1e100) return;
    axis->low = fmin(axis->low, value);
    axis->high = fmax(axis->high, value);
}

static void fit(const Chart *chart, Axis *x, Axis *y) {
    *x = (Axis){ .low = INFINITY, .high = -INFINITY, .from = LEFT, .to = WIDTH - RIGHT };
    *y = (Axis){ .low = INFINITY, .high = -INFINITY, .from = TOP + PLOT, .to = TOP };
    for (int i = 0; i < chart->series_count; i++)
        for (int k = 0; k < chart->series[i].count; k++) {
            include(x, chart->series[i].x[k]);
            include(y, chart->series[i].y[k]);
        }
    if (!(x->low <= x->high) || chart->diagonal) x->low = 0, x->high = 1;
    if (!(y->low <= y->high) || chart->unit_range) y->low = 0, y->high = 1;
    axis_fit(x, 8);
    axis_fit(y, 5);
}

static void write_axes(FILE *file, const Chart *chart, const Axis *x, const Axis *y) {
    char text[32];
    for (int i = 0; i <= axis_tick_count(y); i++) {
        const double at = axis_place(y, axis_tick(y, i));
        axis_tick_text(y, i, text, sizeof text);
        fprintf(file,
                "<line class=\"grid-line\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text "
                "class=\"soft\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                LEFT, WIDTH - RIGHT, at, at, LEFT - 8, at + 4, text);
    }
    for (int i = 0; i <= axis_tick_count(x); i++) {
        axis_tick_text(x, i, text, sizeof text);
        fprintf(file, "<text class=\"soft\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                axis_place(x, axis_tick(x, i)), TOP + PLOT + 18, text);
    }
    fprintf(file,
            "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/><text class=\"soft\" "
            "x=\"%d\" y=\"%d\" text-anchor=\"end\">",
            LEFT, WIDTH - RIGHT, TOP + PLOT, TOP + PLOT, WIDTH - RIGHT, TOP + PLOT + 34);
    html_text(file, chart->x_name);
    fputs("</text>\n", file);
}

static void write_series(FILE *file, const ChartSeries *series, int index, const Axis *x,
                         const Axis *y) {
    bool drawing = false;
    fprintf(file,
            "<path fill=\"none\" stroke=\"var(--c%d)\" stroke-width=\"2\" stroke-dasharray=\"%s\" "
            "stroke-linejoin=\"round\" stroke-linecap=\"round\" d=\"",
            index, dashes[index]);
    for (int i = 0; i < series->count; i++) {
        const bool good = isfinite(series->x[i]) && isfinite(series->y[i]);
        if (good)
            fprintf(file, "%c%.1f %.1f", drawing ? 'L' : 'M', axis_place(x, series->x[i]),
                    axis_place(y, fmin(fmax(series->y[i], y->low), y->high)));
        /* A point alone is a dot: a line of no length with round ends. */
        if (good && !drawing) fputs("h0", file);
        drawing = good;
    }
    fputs("\"/>\n", file);
}

static void write_marks(FILE *file, const Chart *chart, const Axis *x) {
    for (int i = 0; i < chart->mark_count; i++) {
        const double at = axis_place(x, chart->marks[i].at);
        const bool right = at > WIDTH - RIGHT - 70; /* no room for the word beyond the line */
        if (!(at >= LEFT && at <= WIDTH - RIGHT)) continue;
        fprintf(file,
                "<line class=\"axis\" stroke-dasharray=\"3 3\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" "
                "y2=\"%d\"/><text class=\"soft\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">",
                at, at, TOP, TOP + PLOT, at + (right ? -5 : 5), TOP + 12 + 15 * i,
                right ? "end" : "start");
        html_text(file, chart->marks[i].text);
        fputs("</text>\n", file);
    }
}

static void write_legend(FILE *file, const Chart *chart) {
    for (int i = 0; i < chart->series_count; i++) {
        const int x = LEFT + (i % 2) * (WIDTH - LEFT) / 2,
                  y = TOP + PLOT + BOTTOM + 12 + i / 2 * LINE;
        fprintf(file,
                "<line stroke=\"var(--c%d)\" stroke-width=\"3\" stroke-dasharray=\"%s\" x1=\"%d\" "
                "x2=\"%d\" y1=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\">",
                i, dashes[i], x, x + 34, y, y, x + 42, y + 4);
        html_text(file, chart->series[i].name);
        fputs("</text>\n", file);
    }
}

void chart_write(FILE *file, const Chart *chart) {
    Axis x, y;
    const int height = TOP + PLOT + BOTTOM + (chart->series_count + 1) / 2 * LINE + 8;
    fit(chart, &x, &y);
    fputs("<figure class=\"chart\">\n<figcaption>", file);
    html_text(file, chart->title);
    fprintf(file, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH,
            height);
    html_text(file, chart->title);
    fputs("\">\n", file);
    write_axes(file, chart, &x, &y);
    if (chart->diagonal)
        fprintf(file,
                "<line class=\"grid-line\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
                axis_place(&x, 0), axis_place(&x, 1), axis_place(&y, 0), axis_place(&y, 1));
    for (int i = 0; i < chart->series_count; i++) write_series(file, &chart->series[i], i, &x, &y);
    write_marks(file, chart, &x);
    write_legend(file, chart);
    fputs("</svg>\n</figure>\n", file);
}
