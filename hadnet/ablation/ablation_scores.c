/* ablation_scores.c - collects the results of the runs. */
#include "hadnet/ablation/ablation_scores.h"

/* The mean over a row's selections. */
static bool read_score(const Ablation *ablation, int row, int seed, AblationScores *scores,
                       Error *error) {
    const int selections = ablation->table->rows[row].selections;
    double all = 0, defects = 0;
    for (int selection = 1; selection <= selections; selection++) {
        AblationResult result;
        if (!ablation_result(ablation, row, seed, selection, ABLATION_TEST, &result, error))
            return false;
        all += result.miou_all / selections;
        defects += result.miou_defects / selections;
    }
    scores->miou_all[row][seed - 1] = all;
    scores->miou_defects[row][seed - 1] = defects;
    return true;
}

bool ablation_scores(const Ablation *ablation, AblationScores *scores, Error *error) {
    for (int row = 0; row < ablation->table->count; row++)
        for (int seed = 1; seed <= ablation->seeds; seed++)
            if (!read_score(ablation, row, seed, scores, error)) return false;
    return true;
}
