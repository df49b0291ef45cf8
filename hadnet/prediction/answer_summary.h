/* answer_summary.h - the figures of a whole image. */
#ifndef HADNET_ANSWER_SUMMARY_H
#define HADNET_ANSWER_SUMMARY_H

#include "hadnet/hadnet.h"

typedef struct AnswerSummary {
    int64_t pixels, defect_area;
    int64_t area[256]; /* pixels of each class */
    float score;       /* the largest of a pixel */
    int64_t tiles;     /* by which it was predicted; 0: whole */
} AnswerSummary;

/* The figures of an answer of PredictMethod's `tile`. */
AnswerSummary answer_summary(const HadnetAnswer *answer, int tile);

#endif
