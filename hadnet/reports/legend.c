/* legend.c - chooses, measures and draws the entries of a legend. */
#include "hadnet/reports/legend.h"

#include "hadnet/reports/picture.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE = FONT_HEIGHT + 4, KEY = FONT_HEIGHT - 2, GAP = 6 };

static const Colour ink = { 235, 235, 235 };

void legend_add(Legend *legend, int label, const char *format, ...) {
    if (legend->count > LEGEND_CLASSES_MAX) return;
    LegendEntry *entry = &legend->entries[legend->count++];
    va_list arguments;
    entry->label = label;
    va_start(arguments, format);
    vsnprintf(entry->text, LEGEND_TEXT, format, arguments);
    va_end(arguments);
}

bool legend_lists(const int64_t pixels[LEGEND_LABELS], int label) {
    int before = 0;
    for (int k = 1; k < LEGEND_LABELS; k++)
        before += pixels[k] > pixels[label] || (pixels[k] == pixels[label] && k < label);
    return pixels[label] > 0 && before < LEGEND_CLASSES_MAX;
}

void legend_add_others(Legend *legend, const int64_t pixels[LEGEND_LABELS]) {
    int others = 0;
    for (int k = 1; k < LEGEND_LABELS; k++) others += pixels[k] > 0 && !legend_lists(pixels, k);
    if (others) legend_add(legend, 0, "and %d more", others);
}

static int entry_width(const Legend *legend, const LegendEntry *entry) {
    const int key = entry->label ? KEY + GAP : 0;
    return picture_text_width(entry->text, legend->scale) + (key + 2 * GAP) * legend->scale;
}

int legend_width(const Legend *legend) {
    int widest = 0;
    for (int i = 0; i < legend->count; i++) {
        const int width = entry_width(legend, &legend->entries[i]);
        if (width > widest) widest = width;
    }
    return widest;
}

static void draw_entry(Image *picture, const LegendEntry *entry, int x, int y, int scale) {
    if (entry->label) {
        picture_rectangle(picture, x, y, KEY * scale, KEY * scale, class_colour(entry->label));
        x += (KEY + GAP) * scale;
    }
    picture_text(picture, x, y, scale, ink, entry->text);
}

int legend_draw(const Legend *legend, Image *picture, int width, int top) {
    const int scale = legend->scale, margin = GAP * scale;
    int x = margin, y = top + margin;
    for (int i = 0; i < legend->count; i++) {
        const int entry = entry_width(legend, &legend->entries[i]);
        if (x > margin && x + entry > width) {
            x = margin;
            y += LINE * scale;
        }
        if (picture) draw_entry(picture, &legend->entries[i], x, y, scale);
        x += entry;
    }
    return y + LINE * scale - top;
}
