/* region_names.c - finds room for the names of regions, and draws them. */
#include "hadnet/prediction/region_names.h"

#include "hadnet/reports/overlays.h"
#include "hadnet/reports/picture.h"

#include <stdio.h>

enum { CANDIDATES_MAX = 48, NAMES_MAX = 12, NAME_BYTES = 64, PLACES = 6 };

typedef struct Box {
    int left, top, width, height;
} Box;

/* The regions with the largest areas, the largest first; returns how many. */
static int largest_regions(const HadnetAnswer *answer,
                           const HadnetRegion *largest[CANDIDATES_MAX]) {
    int count = 0;
    for (int i = 0; i < answer->region_count; i++) {
        const HadnetRegion *region = &answer->regions[i];
        int place = count;
        while (place > 0 && largest[place - 1]->area < region->area) place--;
        if (place == CANDIDATES_MAX) continue;
        if (count < CANDIDATES_MAX) count++;
        for (int later = count - 1; later > place; later--) largest[later] = largest[later - 1];
        largest[place] = region;
    }
    return count;
}

static bool overlap(const Box *a, const Box *b) {
    return a->left < b->left + b->width && b->left < a->left + a->width &&
           a->top < b->top + b->height && b->top < a->top + a->height;
}

/* Whether the box is inside the image and covers background alone, and no other name. */
static bool is_free(const HadnetAnswer *answer, const Box *box, const Box *taken, int count) {
    if (box->left < 0 || box->top < 0 || box->left + box->width > answer->width ||
        box->top + box->height > answer->height)
        return false;
    for (int i = 0; i < count; i++)
        if (overlap(box, &taken[i])) return false;
    for (int y = box->top; y < box->top + box->height; y++)
        for (int x = box->left; x < box->left + box->width; x++)
            if (answer->mask[(size_t)y * (size_t)answer->width + (size_t)x] != 0) return false;
    return true;
}

static int within(int value, int most) {
    return value > most ? most : value < 0 ? 0 : value;
}

/* A place beside the region: above or below, from its left or to its right edge; to the right;
 * to the left. */
static bool find_place(const HadnetAnswer *answer, const HadnetRegion *region, int gap, Box *box,
                       const Box *taken, int count) {
    const int right = answer->width - box->width, bottom = answer->height - box->height;
    const int left = within(region->left, right), top = within(region->top, bottom);
    const int left_of_end = within(region->left + region->width - box->width, right);
    const int above = region->top - box->height - gap, below = region->top + region->height + gap;
    const int places[PLACES][2] = { { left, above },
                                    { left_of_end, above },
                                    { left, below },
                                    { left_of_end, below },
                                    { region->left + region->width + gap, top },
                                    { region->left - box->width - gap, top } };
    for (int i = 0; i < PLACES; i++) {
        box->left = places[i][0];
        box->top = places[i][1];
        if (is_free(answer, box, taken, count)) return true;
    }
    return false;
}

void region_names_draw(Image *picture, const HadnetAnswer *answer, const char *const *class_names,
                       int scale) {
    const HadnetRegion *largest[CANDIDATES_MAX];
    Box taken[NAMES_MAX];
    const int gap = overlay_outline(answer->width, answer->height) + scale;
    const int count = largest_regions(answer, largest);
    for (int i = 0, drawn = 0; i < count && drawn < NAMES_MAX; i++) {
        char text[NAME_BYTES];
        snprintf(text, sizeof text, "%.48s %.2f", class_names[largest[i]->class_index],
                 (double)largest[i]->largest_score);
        Box *box = &taken[drawn];
        *box = (Box){ .width = picture_text_width(text, scale) + scale,
                      .height = FONT_HEIGHT * scale };
        if (!find_place(answer, largest[i], gap, box, taken, drawn)) continue;
        picture_rectangle(picture, box->left, box->top, box->width, box->height,
                          (Colour){ 24, 24, 24 });
        picture_text(picture, box->left + scale, box->top + scale, scale,
                     class_colour(largest[i]->class_index), text);
        drawn++;
    }
}
