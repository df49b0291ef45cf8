/* overlay_legend.h - the legend below an overlay: the classes of an image, with their shares and scores.
 */
#ifndef HADNET_OVERLAY_LEGEND_H
#define HADNET_OVERLAY_LEGEND_H

#include "data/image/image.h"
#include "hadnet/prediction/answer_summary.h"

enum { LEGEND_CLASSES_MAX = 15, LEGEND_TEXT = 96 };

typedef struct LegendEntry {
    int label; /* 0: a line without a colour */
    char text[LEGEND_TEXT];
} LegendEntry;

/* The classes of the largest areas, in order of their labels, and how many more there are; or that there
 * is no defect. */
typedef struct OverlayLegend {
    LegendEntry entries[LEGEND_CLASSES_MAX + 1];
    int count, scale; /* scale: of the text */
} OverlayLegend;

OverlayLegend overlay_legend(const HadnetAnswer *answer, const AnswerSummary *summary,
                             const char *const *class_names, int scale);

/* The width of its widest entry, in pixels. */
int overlay_legend_width(const OverlayLegend *legend);

/* Draw the entries in lines of at most `width`, from `top` down; returns the height. With picture NULL
 * it only measures. */
int overlay_legend_draw(const OverlayLegend *legend, Image *picture, int width, int top);

#endif
