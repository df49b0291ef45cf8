/* curves.h - draws the columns of metrics.csv as curves, in a PNG.
 *
 * The drawing has one panel per row: a title, axes with round tick values, one curve per column and
 * a legend. The horizontal axis is the column "epoch"; the beginning of stage 3 and the best epoch
 * are marked (epoch_curves.h). Cells that are empty or not finite leave a gap; a point without a
 * neighbour is drawn as a dot. A curve without a number is left out.
 */
#ifndef HADNET_CURVES_H
#define HADNET_CURVES_H

#include "data/image/image.h"
#include "hadnet/reports/csv.h"

enum { CURVES_PER_PANEL_MAX = 8 };

typedef struct Curve {
    const char *column; /* in the table's header */
    const char *name;   /* in the legend, in ASCII */
} Curve;

typedef struct CurvePanel {
    const char *title;
    Curve curves[CURVES_PER_PANEL_MAX]; /* one without a column ends them */
    bool from_zero_to_one;              /* fixed range, for IoU; else fitted to the values */
} CurvePanel;

/* Draw the panels one below the other. Columns that the table lacks are left out. */
Image curves_draw(const Csv *table, const CurvePanel *panels, int count);

/* Read the table at csv_path and write the drawing to png_path. */
bool curves_write(const char *csv_path, const CurvePanel *panels, int count, const char *png_path,
                  Error *error);

#endif
