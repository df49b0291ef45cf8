/* resume.h - the state of an unfinished run, in one file.
 *
 * resume.safetensors holds the network, its card, the optimiser's moments, the moving average of the
 * weights where there is one, and where training stands. It is one file so that it is written whole or not at all; a run that goes on from it ends
 * with the same bits as one that was never interrupted.
 */
#ifndef HADNET_RESUME_H
#define HADNET_RESUME_H

#include "hadnet/model/model_card.h"
#include "hadnet/training/training_graph.h"
#include "nn/optimiser.h"
#include "nn/weight_average.h"

enum { STAGE_FINISHED = 4 };

/* Where training stands: the next thing to do is step `step` of epoch `epoch` of stage `stage`. */
typedef struct TrainingState {
    int stage;                        /* 1, 2, 3, STAGE_FINISHED */
    int epoch;                        /* within the stage, from 0 */
    int64_t step;                     /* within the epoch, from 0 */
    int64_t steps;                    /* of each epoch; 0: not known yet */
    double loss_sum;                  /* of this epoch's steps so far */
    double term_sums[LOSS_TERMS_MAX]; /* the same of each term of the loss */
    double seconds;                   /* spent on this epoch so far */
    double best;                      /* best validation mIoU so far; -1: none */
    int best_epoch;                   /* the run's epoch, counted over stages from 1, that had it */
} TrainingState;

/* optimiser, average: NULL in stages that have none. Weights that are not finite, and numbers that
 * resume_open would refuse, are an error: the old file stays. */
bool resume_save(const char *path, const Network *network, const ModelCard *card,
                 const Optimiser *optimiser, const WeightAverage *average,
                 const TrainingState *state, Error *error);

/* The most bytes that the weight files of a run take at once: the last weights, the best, the state
 * and the next one beside it. averaged: with a moving average. Leaves the network set to stage 3. */
uint64_t resume_bytes_of_run(Network *network, bool averaged);

/* First half: the state, every number in its range, and a network as the file describes it, without
 * weights. NULL: error. */
Network *resume_open(const char *path, const Device *device, ModelCard *card, TrainingState *state,
                     Error *error);

/* Whether a stage of so many epochs of so many steps can go on from the state; otherwise a line
 * says what has changed since it was saved. */
bool resume_fits(const char *path, const TrainingState *state, int epochs, int64_t steps,
                 Error *error);

/* Second half, once the stage's optimiser and average exist (NULL where the stage has none): all
 * tensors. */
bool resume_load(const char *path, Network *network, Optimiser *optimiser, WeightAverage *average,
                 Error *error);

#endif
