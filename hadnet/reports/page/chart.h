/* chart.h - a line chart in SVG, for a page of html.h. */
#ifndef HADNET_CHART_H
#define HADNET_CHART_H

#include "hadnet/reports/axis.h"

#include <stdbool.h>
#include <stdio.h>

/* Points in the order of x; one that is not finite leaves a gap. */
typedef struct ChartSeries {
    const char *name;
    const double *x, *y;
    int count;
} ChartSeries;

enum { CHART_SERIES_MAX = 8 };

typedef struct Chart {
    const char *title, *x_name;
    const ChartSeries *series;
    int series_count; /* at most CHART_SERIES_MAX */
    const AxisMark *marks;
    int mark_count;
    bool unit_range; /* y from 0 to 1; else fitted */
    bool diagonal;   /* also the line y = x */
} Chart;

/* Series differ in colour and in dashes, and a legend names them. */
void chart_write(FILE *file, const Chart *chart);

#endif
