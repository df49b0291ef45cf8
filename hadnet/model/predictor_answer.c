/* predictor_answer.c - labels and scores of pixels, from their probabilities. */
#include "hadnet/model/predictor.h"

/* The most probable class from `first` on, the first of equals; `first` if none is a number. */
static uint8_t most_probable(const real *probabilities, int first, int classes) {
    int best = first;
    for (int k = first + 1; k < classes; k++)
        if (probabilities[k] > probabilities[best]) best = k;
    return (uint8_t)best;
}

uint8_t predictor_label(const real *probabilities, int classes, double threshold) {
    if (threshold <= 0 || classes < 2) return most_probable(probabilities, 0, classes);
    const float score = (float)(1 - probabilities[0]);
    return (double)score >= threshold ? most_probable(probabilities, 1, classes) : 0;
}

typedef struct Writing {
    const PredictorAnswer *answer;
    int classes;
} Writing;

static void write_rows(void *context, int64_t first, int64_t end, const real *probabilities) {
    const Writing *writing = context;
    const PredictorAnswer *answer = writing->answer;
    const int classes = writing->classes;
    for (int64_t i = first * answer->width; i < end * answer->width;
         i++, probabilities += classes) {
        const uint8_t label = predictor_label(probabilities, classes, answer->threshold);
        answer->labels[i] = label;
        answer->scores[i] = (float)(1 - probabilities[0]);
        if (answer->defects)
            answer->defects[i] = classes < 2 ? 0 : most_probable(probabilities, 1, classes);
        if (answer->confidences) answer->confidences[i] = (float)probabilities[label];
        if (!answer->likelihoods) continue;
        const uint8_t truth = answer->truth[i];
        answer->likelihoods[i] = truth < classes ? (float)probabilities[truth] : 1;
    }
}

bool predictor_answer(Predictor *predictor, int place, const PredictorAnswer *answer,
                      Error *error) {
    Writing writing = { answer, predictor->classes };
    return predictor_rows(predictor, place, answer->height, answer->width, write_rows, &writing,
                          error);
}

bool predictor_run(Predictor *predictor, const real *images, Error *error) {
    const size_t pixels = (size_t)predictor->height * (size_t)predictor->width;
    bool good = predictor_forward(predictor, images, error);
    for (int place = 0; good && place < predictor->batch; place++) {
        const PredictorAnswer answer = { .height = predictor->height,
                                         .width = predictor->width,
                                         .labels = predictor->labels + (size_t)place * pixels,
                                         .scores = predictor->scores + (size_t)place * pixels };
        good = predictor_answer(predictor, place, &answer, error);
    }
    return good;
}
