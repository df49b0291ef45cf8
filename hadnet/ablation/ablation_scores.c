/* ablation_scores.c - collects the results of the runs. */
#include "hadnet/ablation/ablation_scores.h"

/* The mean over a row's selections. */
static bool read_score(const Ablation *ablation, int row, int seed, AblationScores *scores,
                       Error *error) {
    const int selections = ablation->table->rows[row].selections;
    for (int i = 0; i < ABLATION_NUMBERS; i++) scores->number[i][row][seed - 1] = 0;
    for (int selection = 1; selection <= selections; selection++) {
        AblationResult result;
        if (!ablation_result(ablation, row, seed, selection, ABLATION_TEST, &result, error))
            return false;
        for (int i = 0; i < ABLATION_NUMBERS; i++)
            scores->number[i][row][seed - 1] += result.number[i] / selections;
    }
    return true;
}

bool ablation_scores(const Ablation *ablation, AblationScores *scores, Error *error) {
    for (int row = 0; row < ablation->table->count; row++)
        for (int seed = 1; seed <= ablation->seeds; seed++)
            if (!read_score(ablation, row, seed, scores, error)) return false;
    return true;
}
