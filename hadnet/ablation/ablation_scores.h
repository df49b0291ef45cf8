/* ablation_scores.h - the results of an ablation's runs, by row and seed. */
#ifndef HADNET_ABLATION_SCORES_H
#define HADNET_ABLATION_SCORES_H

#include "hadnet/ablation/ablation_run.h"

/* Each number of a row for each seed, on the test images; the mean over its selections. NaN: not
 * all of them are evaluated, or the row has no such number. */
typedef struct AblationScores {
    double number[ABLATION_NUMBERS][ABLATION_ROWS_MAX][ABLATION_SEEDS_MAX];
} AblationScores;

bool ablation_scores(const Ablation *ablation, AblationScores *scores, Error *error);

#endif
