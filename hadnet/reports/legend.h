/* legend.h - the legend of a picture: classes with their colours, in lines of text. */
#ifndef HADNET_LEGEND_H
#define HADNET_LEGEND_H

#include "data/image/image.h"

enum { LEGEND_CLASSES_MAX = 15, LEGEND_TEXT = 96, LEGEND_LABELS = 256 };

typedef struct LegendEntry {
    int label; /* 0: a text without a colour */
    char text[LEGEND_TEXT];
} LegendEntry;

typedef struct Legend {
    LegendEntry entries[LEGEND_CLASSES_MAX + 1];
    int count, scale; /* scale: of the text */
} Legend;

/* Append an entry, in printf style; beyond LEGEND_CLASSES_MAX + 1 entries it is left out. */
void legend_add(Legend *legend, int label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether a class (not 0) has pixels, and is one of the LEGEND_CLASSES_MAX with most of them. */
bool legend_lists(const int64_t pixels[LEGEND_LABELS], int label);

/* Append "and N more" for the classes with pixels that legend_lists leaves out, if there are
 * any. */
void legend_add_others(Legend *legend, const int64_t pixels[LEGEND_LABELS]);

/* The width of its widest entry. */
int legend_width(const Legend *legend);

/* Draw the entries in lines of at most `width`, from `top` down; returns the height. With
 * picture NULL it only measures. */
int legend_draw(const Legend *legend, Image *picture, int width, int top);

#endif
