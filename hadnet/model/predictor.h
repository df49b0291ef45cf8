/* predictor.h - runs a network on images: labels and anomaly scores.
 *
 * Validation, hadnet_eval and hadnet_predict all use it. The network's logits have the size of its
 * finest level, a fraction of the image's. Only labels and scores, 5 bytes a pixel, and on request
 * two probabilities, are stored at the requested size; the probabilities in between, a real per
 * class and pixel, are computed a few rows at a time.
 *
 * With turns, the network also sees each image mirrored and transposed; the answers are transformed
 * back, and the probabilities are averaged.
 */
#ifndef HADNET_PREDICTOR_H
#define HADNET_PREDICTOR_H

#include "data/image/resize.h"
#include "hadnet/model/feed.h"
#include "hadnet/model/network.h"

typedef struct Predictor {
    Graph *graph;
    Node *image, *logits;
    Feed feed;          /* of the image */
    NetworkParts parts; /* graph_keep those to be read after a run */
    int batch, height, width, classes;
    Fit fit;         /* of the images; FIT_STRETCH until set */
    int turns;       /* 1: the image as it is; 2, 4 or 8 of its mirror images and transposes */
    real *host;      /* [turns], the logits on the host, in the image's orientation; owned */
    real *turned;    /* turned images, and logits not yet brought back; owned */
    real *room;      /* rows of probabilities, for each thread; owned */
    int room_width;  /* the width of answers that room suffices for */
    int threads;     /* the number of threads that room suffices for */
    uint8_t *labels; /* [batch][height][width], the most probable class; owned */
    float *scores;   /* [batch][height][width], 1 - P(background); owned */
} Predictor;

/* A predictor for batches of size x size images, with answers of height x width (the images' size,
 * or another; 0 x 0 if only predictor_answer is called). head_only: by the HST logits alone. The
 * network must outlive it; its weights may change between runs. false: the images are too small, or
 * out of memory. */
bool predictor_create(Predictor *predictor, const Network *network, bool head_only, int batch,
                      int size, int height, int width, Error *error);
void predictor_free(Predictor *predictor);

/* Average over this many of the image's 8 symmetries in later runs: 1, 2, 4 or 8. After a run,
 * `parts` belong to the untransformed image. false: out of memory. */
bool predictor_set_turns(Predictor *predictor, int turns, Error *error);

/* images: [batch][size][size][3], normalised, on the host. Fills labels and scores. */
bool predictor_run(Predictor *predictor, const real *images, Error *error);

/* The first half of a run: the logits of the images, for predictor_answer. */
bool predictor_forward(Predictor *predictor, const real *images, Error *error);

/* The caller's memory for one image's answer, [height][width] each. */
typedef struct PredictorAnswer {
    int height, width;
    uint8_t *labels;      /* the most probable class */
    float *scores;        /* 1 - P(background) */
    float *confidences;   /* P(labels); NULL: not asked for */
    const uint8_t *truth; /* with likelihoods */
    float *likelihoods;   /* P(truth), 1 where truth is not a class; NULL: not asked for */
    uint8_t *defects;     /* the most probable class but the background; NULL: not asked for */
    double threshold;     /* of predictor_label */
} PredictorAnswer;

/* The label of a pixel with these probabilities: the most probable class, the first of equals,
 * the background if none is a number. With a threshold above 0: the most probable class but the
 * background if the score, 1 - P(background), reaches it, otherwise the background. */
uint8_t predictor_label(const real *probabilities, int classes, double threshold);

/* Receives the probabilities of the rows first..end-1, [end-first][width][classes]. Threads call
 * it at once, each with rows of its own. */
typedef void (*PredictorRows)(void *context, int64_t first, int64_t end, const real *probabilities);

/* The second half in general: all rows of image `place` of the batch, at any size, some at a
 * time. */
bool predictor_rows(Predictor *predictor, int place, int height, int width, PredictorRows take,
                    void *context, Error *error);

/* The second half: the answer for image `place` of the batch, at any size. */
bool predictor_answer(Predictor *predictor, int place, const PredictorAnswer *answer, Error *error);

#endif
