/* overlay_legend.c - chooses, measures and draws the entries of a legend. */
#include "hadnet/prediction/overlay_legend.h"

#include "hadnet/reports/picture.h"

#include <math.h>
#include <stdio.h>

enum { LINE = FONT_HEIGHT + 4, KEY = FONT_HEIGHT - 2, GAP = 6, LABELS = 256 };

static const Colour ink = { 235, 235, 235 };

/* Whether fewer than LEGEND_CLASSES_MAX classes precede this one, by area, then by label. */
static bool is_listed(const int64_t area[LABELS], int label) {
    int before = 0;
    for (int k = 1; k < LABELS; k++)
        before += area[k] > area[label] || (area[k] == area[label] && k < label);
    return area[label] > 0 && before < LEGEND_CLASSES_MAX;
}

OverlayLegend overlay_legend(const HadnetAnswer *answer, const AnswerSummary *summary,
                             const char *const *class_names, int scale) {
    OverlayLegend legend = { .scale = scale };
    float scores[LABELS] = { 0 };
    int more = 0;
    for (int i = 0; i < answer->region_count; i++) {
        const HadnetRegion *region = &answer->regions[i];
        scores[region->class_index] = fmaxf(scores[region->class_index], region->largest_score);
    }
    for (int k = 1; k < LABELS; k++) {
        if (!is_listed(summary->area, k)) {
            more += summary->area[k] > 0;
            continue;
        }
        LegendEntry *entry = &legend.entries[legend.count++];
        entry->label = k;
        snprintf(entry->text, LEGEND_TEXT, "%.48s %.2f%% score %.2f", class_names[k],
                 100 * (double)summary->area[k] / (double)summary->pixels, (double)scores[k]);
    }
    if (legend.count == 0)
        snprintf(legend.entries[legend.count++].text, LEGEND_TEXT, "no defect, score %.2f",
                 (double)summary->score);
    else if (more > 0)
        snprintf(legend.entries[legend.count++].text, LEGEND_TEXT, "and %d more", more);
    return legend;
}

static int entry_width(const OverlayLegend *legend, const LegendEntry *entry) {
    const int key = entry->label ? KEY + GAP : 0;
    return picture_text_width(entry->text, legend->scale) + (key + 2 * GAP) * legend->scale;
}

int overlay_legend_width(const OverlayLegend *legend) {
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

int overlay_legend_draw(const OverlayLegend *legend, Image *picture, int width, int top) {
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
