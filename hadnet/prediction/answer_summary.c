/* answer_summary.c - counts the pixels of an answer. */
#include "hadnet/prediction/answer_summary.h"

#include "hadnet/embed/tiles.h"

AnswerSummary answer_summary(const HadnetAnswer *answer, int tile) {
    AnswerSummary summary = { .pixels = (int64_t)answer->width * answer->height,
                              .tiles = tiles_count(answer->width, answer->height, tile) };
    for (int64_t i = 0; i < summary.pixels; i++) {
        summary.area[answer->mask[i]]++;
        if (answer->score[i] > summary.score) summary.score = answer->score[i];
    }
    summary.defect_area = summary.pixels - summary.area[0];
    return summary;
}
