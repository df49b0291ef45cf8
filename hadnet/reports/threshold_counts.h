/* threshold_counts.h - the pixels of each class that a threshold of the anomaly score would find.
 *
 * As in predictor_label, a pixel whose score reaches the threshold is given its most probable
 * defect. Thresholds are 0, 0.01, ..., 1.
 */
#ifndef HADNET_THRESHOLD_COUNTS_H
#define HADNET_THRESHOLD_COUNTS_H

#include <stdint.h>

enum { THRESHOLDS = 101 };

/* Start all-zero. Pixels of the class as given and as true, by the last threshold they reach. */
typedef struct ThresholdCounts {
    int64_t *given, *right; /* [classes][THRESHOLDS], allocated by the first pixel; owned */
} ThresholdCounts;

double threshold_value(int index);

/* Add a pixel: its most probable defect, below `classes`, its score, and its true class. A pixel
 * whose score is NaN reaches no threshold. */
void threshold_counts_add(ThresholdCounts *counts, int classes, int defect, float score, int truth);
void threshold_counts_free(ThresholdCounts *counts);

/* Precision and recall of a class at every threshold; precision is NaN where no pixel is given the
 * class. truth_pixels: those of the class, more than 0. */
void threshold_counts_curve(const ThresholdCounts *counts, int class, int64_t truth_pixels,
                            double precision[THRESHOLDS], double recall[THRESHOLDS]);

#endif
