/* auroc.c - computes the Mann-Whitney statistic of score lists and histograms. */
#include "hadnet/reports/auroc.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Twice the Mann-Whitney statistic, accumulated over groups of equal scores in rising order. */
typedef struct Area {
    double twice, positives, negatives;
} Area;

static void add_group(Area *area, double positives, double negatives) {
    area->twice += positives * (2 * area->negatives + negatives);
    area->positives += positives;
    area->negatives += negatives;
}

/* 0 / 0 is NaN: one of the two kinds is missing. */
static double area_share(const Area *area) {
    return area->twice / (2 * area->positives * area->negatives);
}

void score_list_add(ScoreList *list, double score, bool positive) {
    if (isnan(score)) {
        list->nan_count++;
        return;
    }
    list->entries = memory_one_more(list->entries, list->count, sizeof *list->entries);
    list->entries[list->count++] = (Scored){ score, positive };
}

void score_list_free(ScoreList *list) {
    free(list->entries);
    *list = (ScoreList){ 0 };
}

static int compare(const void *a, const void *b) {
    const double x = ((const Scored *)a)->score, y = ((const Scored *)b)->score;
    return (x > y) - (x < y);
}

double score_list_auroc(const ScoreList *list) {
    const size_t count = list->count;
    if (count == 0) return NAN;
    Scored *sorted = memory_new(count, sizeof *sorted);
    memcpy(sorted, list->entries, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    Area area = { 0 };
    for (size_t i = 0, end; i < count; i = end) {
        double positives = 0;
        for (end = i; end < count && sorted[end].score == sorted[i].score; end++)
            positives += sorted[end].positive;
        add_group(&area, positives, (double)(end - i) - positives);
    }
    free(sorted);
    return area_share(&area);
}

/* The bin of v in [0, 1/2], counted from 0: a float's bits, read as an integer, increase with it.
 */
static int bin_below_half(float v) {
    const uint32_t first = (127 - 40) << 23; /* the bits of 2^-40 */
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits <= first ? 0 : (int)((bits - first) >> 12);
}

int score_bin(float score) {
    if (!(score > 0)) return 0;
    if (score < 0.5f) return bin_below_half(score);
    /* Above one half the subtraction is exact. */
    return SCORE_BINS - 1 - (score < 1 ? bin_below_half(1 - score) : 0);
}

void score_histogram_add(ScoreHistogram *histogram, float score, bool positive) {
    if (isnan(score)) {
        histogram->nan_count++;
        return;
    }
    for (int i = 0; i < 2; i++)
        if (!histogram->counts[i])
            histogram->counts[i] = memory_new(SCORE_BINS, sizeof *histogram->counts[i]);
    histogram->counts[positive][score_bin(score)]++;
}

void score_histogram_free(ScoreHistogram *histogram) {
    free(histogram->counts[0]);
    free(histogram->counts[1]);
    *histogram = (ScoreHistogram){ 0 };
}

double score_histogram_auroc(const ScoreHistogram *histogram) {
    Area area = { 0 };
    if (!histogram->counts[0]) return NAN;
    for (int i = 0; i < SCORE_BINS; i++)
        add_group(&area, (double)histogram->counts[1][i], (double)histogram->counts[0][i]);
    return area_share(&area);
}
