/* ablation_scores.h - the results of an ablation's runs, by row and seed. */
#ifndef HADNET_ABLATION_SCORES_H
#define HADNET_ABLATION_SCORES_H

#include "hadnet/ablation/ablation_run.h"

/* A row's metric for each seed, on the test images; the mean over its selections. NaN: not all of
 * them are evaluated. */
typedef struct AblationScores {
    double miou_all[ABLATION_ROWS_MAX][ABLATION_SEEDS_MAX];
    double miou_defects[ABLATION_ROWS_MAX][ABLATION_SEEDS_MAX];
} AblationScores;

bool ablation_scores(const Ablation *ablation, AblationScores *scores, Error *error);

#endif
