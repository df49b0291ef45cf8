/* regions.c - connected components by runs and union-find (Rosenfeld, Pfaltz, J. ACM 13, 1966).
 *
 * Each row is divided into runs of one class. A run joins the regions of the touching runs above,
 * or begins a region if there is none. When two regions meet, the later is merged into the earlier,
 * so the remaining regions are in the order of their first pixels. Memory holds the runs of only
 * two rows.
 *
 * To remove small regions, the rows are walked once more. The runs meet the same runs, so those
 * that began a region begin the same one again, and by now its area is known.
 */
#include "hadnet/embed/regions.h"

#include <stdlib.h>
#include <string.h>

typedef struct Run {
    int first, end; /* columns first..end-1 */
    int region;
} Run;

typedef struct Region {
    int parent; /* itself, or the earlier region that it was merged into */
    int class_index;
    int64_t area;
    int left, top, right, bottom; /* the last column and row, included */
    double sum;
    float largest;
} Region;

typedef struct Finder {
    Region *regions;
    int count, capacity;
    Run *above, *here; /* [width] each */
    int runs_above, runs_here;
    int begun;     /* regions begun in this walk */
    bool is_again; /* the second walk: the regions are known */
} Finder;

static int root_of(Region *regions, int region) {
    while (regions[region].parent != region) {
        regions[region].parent = regions[regions[region].parent].parent;
        region = regions[region].parent;
    }
    return region;
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

static void merge(Region *into, const Region *part) {
    into->area += part->area;
    into->left = smaller(into->left, part->left);
    into->top = smaller(into->top, part->top);
    into->right = larger(into->right, part->right);
    into->bottom = larger(into->bottom, part->bottom);
    into->sum += part->sum;
    if (part->largest > into->largest) into->largest = part->largest;
}

/* The region of the union; `a` may be -1, for none. */
static int unite(Region *regions, int a, int b) {
    b = root_of(regions, b);
    if (a < 0 || a == b) return b;
    const int first = smaller(a, b), second = larger(a, b);
    merge(&regions[first], &regions[second]);
    regions[second].parent = first;
    return first;
}

/* The run as a region of its own, with the row's scores. */
static Region region_of_run(const Run *run, int class_index, int row, const float *score) {
    Region region = { .class_index = class_index,
                      .area = run->end - run->first,
                      .left = run->first,
                      .right = run->end - 1,
                      .top = row,
                      .bottom = row,
                      .largest = score[run->first] };
    for (int x = run->first; x < run->end; x++) {
        region.sum += (double)score[x];
        if (score[x] > region.largest) region.largest = score[x];
    }
    return region;
}

static bool append(Finder *finder, Region region) {
    if (finder->count == finder->capacity) {
        const int capacity = finder->capacity ? 2 * finder->capacity : 64;
        Region *grown = realloc(finder->regions, (size_t)capacity * sizeof *grown);
        if (!grown) return false;
        finder->regions = grown;
        finder->capacity = capacity;
    }
    region.parent = finder->count;
    finder->regions[finder->count++] = region;
    return true;
}

/* Assign the run, of row `row`, to a region. *next: the first run above that may touch it. */
static bool place_run(Finder *finder, Run *run, int class_index, int row, const float *score,
                      int *next) {
    Region *regions = finder->regions;
    int found = -1;
    while (*next < finder->runs_above && finder->above[*next].end < run->first) ++*next;
    for (int i = *next; i < finder->runs_above && finder->above[i].first <= run->end; i++)
        if (regions[finder->above[i].region].class_index == class_index)
            found = unite(regions, found, finder->above[i].region);
    run->region = found < 0 ? finder->begun++ : found;
    if (finder->is_again) return true;
    const Region own = region_of_run(run, class_index, row, score);
    if (found < 0) return append(finder, own);
    merge(&regions[found], &own);
    return true;
}

static bool find_row(Finder *finder, const uint8_t *mask, const float *score, int width, int row) {
    int next = 0;
    finder->runs_here = 0;
    for (int x = 0, end; x < width; x = end) {
        for (end = x + 1; end < width && mask[end] == mask[x]; end++) {
        }
        if (mask[x] == 0) continue;
        Run *run = &finder->here[finder->runs_here++];
        *run = (Run){ .first = x, .end = end };
        if (!place_run(finder, run, mask[x], row, score, &next)) return false;
    }
    Run *const above = finder->above;
    finder->above = finder->here;
    finder->here = above;
    finder->runs_above = finder->runs_here;
    return true;
}

/* Walk all rows. false: out of memory, which only the first walk needs. */
static bool walk(Finder *finder, const HadnetAnswer *answer, int64_t min_area) {
    const int width = answer->width;
    finder->begun = finder->runs_above = 0;
    for (int y = 0; y < answer->height; y++) {
        uint8_t *mask = answer->mask + (size_t)y * (size_t)width;
        const float *score = answer->score + (size_t)y * (size_t)width;
        if (!find_row(finder, mask, score, width, y)) return false;
        for (int i = 0; finder->is_again && i < finder->runs_above; i++) {
            const Run *run = &finder->above[i];
            if (finder->regions[root_of(finder->regions, run->region)].area < min_area)
                memset(mask + run->first, 0, (size_t)(run->end - run->first));
        }
    }
    return true;
}

/* Whether region i was not merged into another and is large enough. */
static bool remains(const Region *regions, int i, int64_t min_area) {
    return regions[i].parent == i && regions[i].area >= min_area;
}

static bool collect(const Finder *finder, int64_t min_area, HadnetAnswer *answer) {
    int count = 0;
    for (int i = 0; i < finder->count; i++) count += remains(finder->regions, i, min_area);
    if (count == 0) return true;
    answer->regions = malloc((size_t)count * sizeof *answer->regions);
    if (!answer->regions) return false;
    for (int i = 0; i < finder->count; i++) {
        const Region *region = &finder->regions[i];
        if (!remains(finder->regions, i, min_area)) continue;
        answer->regions[answer->region_count++] =
            (HadnetRegion){ .class_index = region->class_index,
                            .area = region->area,
                            .left = region->left,
                            .top = region->top,
                            .width = region->right - region->left + 1,
                            .height = region->bottom - region->top + 1,
                            .mean_score = (float)(region->sum / (double)region->area),
                            .largest_score = region->largest };
    }
    return true;
}

bool regions_find(HadnetAnswer *answer, int64_t min_area, Error *error) {
    const size_t runs = (size_t)answer->width;
    Finder finder = { .above = malloc(runs * sizeof(Run)), .here = malloc(runs * sizeof(Run)) };
    free(answer->regions);
    answer->regions = NULL;
    answer->region_count = 0;
    const bool good = finder.above && finder.here && walk(&finder, answer, min_area) &&
                      collect(&finder, min_area, answer);
    finder.is_again = true;
    if (good && min_area > 1) walk(&finder, answer, min_area);
    free(finder.above);
    free(finder.here);
    free(finder.regions);
    return good ||
           error_no_memory(error, "the regions of a mask of %dx%d", answer->width, answer->height);
}
