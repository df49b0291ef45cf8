/* page_chart.h - a small chart in SVG over depth, for the audit's page. */
#ifndef HYP_AUDIT_PAGE_CHART_H
#define HYP_AUDIT_PAGE_CHART_H

#include <stdio.h>

/* Who computed a curve: sets its colour and dashes. */
typedef enum PageLine { PAGE_USUAL, PAGE_GEOOPT, PAGE_HERE, PAGE_ALLOWED } PageLine;

typedef struct PageCurve {
    PageLine line;
    const char *name;
    const double *x, *y;
    int count;
} PageCurve;

/* y from low to high: powers of ten if logarithmic, where values outside are drawn at the edge. */
typedef struct PageChart {
    const char *title, *x_name;
    double x_low, x_high, low, high;
    int logarithmic, x_step, y_step; /* between ticks; powers of ten if logarithmic */
} PageChart;

/* Points that are NaN are left out. */
void page_chart_write(FILE *file, const PageChart *chart, const PageCurve *curves, int count);

#endif
