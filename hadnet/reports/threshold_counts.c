/* threshold_counts.c - counts pixels by the last threshold that they reach. */
#include "hadnet/reports/threshold_counts.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

double threshold_value(int index) {
    return index / (THRESHOLDS - 1.0);
}

/* The last threshold that the score reaches; -1: none. */
static int last_reached(float score) {
    if (!(score >= 0)) return -1;
    int index = score >= 1 ? THRESHOLDS - 1 : (int)((double)score * (THRESHOLDS - 1));
    while (threshold_value(index) > (double)score) index--;
    while (index + 1 < THRESHOLDS && threshold_value(index + 1) <= (double)score) index++;
    return index;
}

void threshold_counts_add(ThresholdCounts *counts, int classes, int defect, float score,
                          int truth) {
    const size_t size = (size_t)classes * THRESHOLDS;
    const int reached = last_reached(score);
    if (!counts->given) {
        counts->given = memory_new(size, sizeof *counts->given);
        counts->right = memory_new(size, sizeof *counts->right);
    }
    if (reached < 0) return;
    counts->given[defect * THRESHOLDS + reached]++;
    counts->right[defect * THRESHOLDS + reached] += truth == defect;
}

void threshold_counts_free(ThresholdCounts *counts) {
    free(counts->given);
    free(counts->right);
    *counts = (ThresholdCounts){ 0 };
}

void threshold_counts_curve(const ThresholdCounts *counts, int class, int64_t truth_pixels,
                            double precision[THRESHOLDS], double recall[THRESHOLDS]) {
    int64_t given = 0, right = 0;
    for (int i = THRESHOLDS - 1; i >= 0; i--) {
        if (counts->given) {
            given += counts->given[class * THRESHOLDS + i];
            right += counts->right[class * THRESHOLDS + i];
        }
        precision[i] = given > 0 ? (double)right / (double)given : NAN;
        recall[i] = (double)right / (double)truth_pixels;
    }
}
