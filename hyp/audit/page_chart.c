/* page_chart.c - a small chart in SVG over depth. */
#include "hyp/audit/page_chart.h"

#include <math.h>

enum { WIDTH = 380, HEIGHT = 230, LEFT = 48, RIGHT = 12, TOP = 26, BOTTOM = 36 };

static double x_place(const PageChart *chart, double x) {
    const double share = (x - chart->x_low) / (chart->x_high - chart->x_low);
    return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static double y_place(const PageChart *chart, double y) {
    const double value = chart->logarithmic ? log10(fmax(y, 1e-300)) : y;
    const double share = (value - chart->low) / (chart->high - chart->low);
    return HEIGHT - BOTTOM - fmin(fmax(share, 0), 1) * (HEIGHT - TOP - BOTTOM);
}

static void write_axes(FILE *file, const PageChart *chart) {
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

void page_chart_write(FILE *file, const PageChart *chart, const PageCurve *curves, int count) {
    fprintf(file, "<svg viewBox='0 0 %d %d' role='img' aria-label='%s'>\n", WIDTH, HEIGHT,
            chart->title);
    write_axes(file, chart);
    for (int i = 0; i < count; i++) {
        fprintf(file, "<polyline class='line%d' points='", (int)curves[i].line);
        for (int k = 0; k < curves[i].count; k++)
            if (curves[i].y[k] == curves[i].y[k])
                fprintf(file, "%.1f,%.1f ", x_place(chart, curves[i].x[k]),
                        y_place(chart, curves[i].y[k]));
        fprintf(file, "'><title>%s</title></polyline>\n", curves[i].name);
    }
    fputs("</svg>\n", file);
}
