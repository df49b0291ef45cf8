/* epoch_curves.h - which columns of metrics.csv are drawn as curves, under names for people, and the
 * epochs that are marked. curves.png and report.html draw the same.
 */
#ifndef HADNET_EPOCH_CURVES_H
#define HADNET_EPOCH_CURVES_H

#include "hadnet/reports/axis.h"
#include "hadnet/reports/curves.h"

enum { EPOCH_PANELS = 3, EPOCH_MARKS_MAX = 2 };

extern const CurvePanel epoch_panels[EPOCH_PANELS];

/* The row with the largest mIoU over all classes on the validation images, of equals the first: the
 * epoch of best.safetensors. -1: no row has one. */
int epoch_best_row(const Csv *table);

/* Where stage 3 begins, half an epoch before its first row, and the best epoch; none for a row whose
 * epoch is not finite. Returns how many. */
int epoch_marks(const Csv *table, AxisMark marks[EPOCH_MARKS_MAX]);

#endif
