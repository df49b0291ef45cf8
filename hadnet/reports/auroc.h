/* auroc.h - the area under the receiver operating characteristic.
 *
 * AUROC = P(score of a random positive > score of a random negative) + P(equal) / 2, which is the
 * Mann-Whitney statistic. A ScoreList keeps every score and is exact; it serves for images. A
 * ScoreHistogram keeps counts only, so the pixels of any split fit in 2.5 MB: two scores in one bin
 * count as equal, an error of at most half the share of positive-negative pairs that share a bin.
 * Both are sums of integers, so the order of the scores does not affect the result. NaN scores are
 * counted and otherwise left out. Without positives, or without negatives, the result is NaN.
 */
#ifndef HADNET_AUROC_H
#define HADNET_AUROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Scored {
    double score;
    bool positive;
} Scored;

typedef struct ScoreList {
    Scored *entries;
    size_t count;
    int64_t nan_count;
} ScoreList;

void score_list_add(ScoreList *list, double score, bool positive); /* start with an all-zero list */
void score_list_free(ScoreList *list);
double score_list_auroc(const ScoreList *list);

/* A trained network's scores crowd towards 0 and 1, where bins of equal width would merge different
 * scores (of 65536, one has all scores below 1.5e-5). So bins have equal relative width: 2^-11
 * of the score s below one half, and of 1 - s above it. Such a bin is a float's exponent and
 * leading 11 bits of fraction; it needs no logarithm. All scores below 2^-40 share the first. */
enum { SCORE_BINS_BELOW_HALF = 39 << 11, SCORE_BINS = 2 * SCORE_BINS_BELOW_HALF + 1 };

typedef struct ScoreHistogram {
    int64_t *counts[2]; /* [positive][SCORE_BINS], allocated by the first score */
    int64_t nan_count;
} ScoreHistogram;

/* The bin of a score that is not NaN; it is monotonic in the score. Scores outside [0, 1] go to the
 * outermost bins. */
int score_bin(float score);

void score_histogram_add(ScoreHistogram *histogram, float score, bool positive);
void score_histogram_free(ScoreHistogram *histogram);
double score_histogram_auroc(const ScoreHistogram *histogram);

#endif
