/* auroc.h - the area under the receiver operating characteristic.
 *
 * AUROC = P(score of a random positive > score of a random negative) + P(equal) / 2, which is the
 * Mann-Whitney statistic. A ScoreList keeps every score and is exact: for images. A ScoreHistogram
 * keeps counts only, so that the pixels of any split fit in 2 MiB: two scores in one bin count as
 * equal, an error of at most half the share of positive-negative pairs that meet in a bin. Both are
 * sums of whole numbers: the order in which scores arrive cannot change a bit of the result.
 * NaN scores are counted and otherwise left out. Without positives, or without negatives, the
 * result is NaN.
 */
#ifndef HADNET_AUROC_H
#define HADNET_AUROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ScoreList {
    double *scores;
    bool *positive;
    size_t count;
    int64_t nan_count;
} ScoreList;

void score_list_add(ScoreList *list, double score, bool positive); /* an all-zero list is empty */
void score_list_free(ScoreList *list);
double score_list_auroc(const ScoreList *list);

/* Bins of equal width in the logit of the score. A trained network's scores crowd towards 0 and 1,
 * where bins linear in the score would merge what differs: all scores below 1.5e-5 in one of 65536
 * bins. */
enum { SCORE_BINS = 1 << 17 };

typedef struct ScoreHistogram {
    int64_t *counts[2]; /* [positive][SCORE_BINS], allocated by the first score */
    int64_t nan_count;
} ScoreHistogram;

/* The bin of a score that is not NaN; it never falls as the score rises. Scores outside [0, 1] go
 * to the outermost bins. */
int score_bin(float score);

void score_histogram_add(ScoreHistogram *histogram, float score, bool positive);
void score_histogram_free(ScoreHistogram *histogram);
double score_histogram_auroc(const ScoreHistogram *histogram);

#endif
