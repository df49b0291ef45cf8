/* resume.h - the state of an unfinished run, in one file.
 *
 * resume.safetensors holds the network, its card, the optimiser's moments, the moving average of
 * the weights if there is one, and the position in the training. It is one file, so it is written
 * whole or not at all. A resumed run ends with the same bits as an uninterrupted one.
 */
#ifndef HADNET_RESUME_H
#define HADNET_RESUME_H

#include "hadnet/model/model_card.h"
#include "hadnet/training/training_graph.h"
#include "nn/optimiser.h"
#include "nn/weight_average.h"

enum { STAGE_FINISHED = 4 };

/* The position: the next thing to do is step `step` of epoch `epoch` of stage `stage`. */
typedef struct TrainingState {
    int stage;                        /* 1, 2, 3, STAGE_FINISHED */
    int epoch;                        /* within the stage, from 0 */
    int64_t step;                     /* within the epoch, from 0 */
    int64_t steps;                    /* of each epoch; 0: not known yet */
    double loss_sum;                  /* of this epoch's steps so far */
    double term_sums[LOSS_TERMS_MAX]; /* the same of each term of the loss */
    double seconds;                   /* spent on this epoch so far */
    double best;                      /* best validation mIoU so far; -1: none */
    int best_epoch;                   /* its epoch, counted over stages from 1 */
} TrainingState;

/* optimiser, average: NULL in stages that have none. Weights that are not finite, and numbers that
 * resume_open would refuse, are an error: the old file remains. */
bool resume_save(const char *path, const Network *network, const ModelCard *card,
                 const Optimiser *optimiser, const WeightAverage *average,
                 const TrainingState *state, Error *error);

/* The most bytes that a run's weight files occupy at once: the last weights, the best, the state,
 * and the next state beside it. averaged: with a moving average. Leaves the network set to stage
 * 3. */
uint64_t resume_bytes_of_run(Network *network, bool averaged);

/* First half: read the state, every number in its range, and a network as the file describes it,
 * without weights. NULL: error. */
Network *resume_open(const char *path, const Device *device, ModelCard *card, TrainingState *state,
                     Error *error);

/* Whether a stage of `epochs` epochs of `steps` steps can resume from the state; otherwise the
 * error says what has changed since it was saved. */
bool resume_fits(const char *path, const TrainingState *state, int epochs, int64_t steps,
                 Error *error);

/* Second half, once the stage's optimiser and average exist (NULL if the stage has none): read all
 * tensors. */
bool resume_load(const char *path, Network *network, Optimiser *optimiser, WeightAverage *average,
                 Error *error);

#endif
