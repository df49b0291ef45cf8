/* resume.h - the state of an unfinished run, in one file.
 *
 * resume.safetensors holds the network, its card, the optimiser's moments and where training
 * stands. It is one file so that it is written whole or not at all; a run that goes on from it ends
 * with the same bits as one that was never interrupted.
 */
#ifndef HADNET_RESUME_H
#define HADNET_RESUME_H

#include "hadnet/model_card.h"
#include "nn/optimiser.h"

/* Where training stands: the next thing to do is step `step` of epoch `epoch` of stage `stage`. */
typedef struct TrainingState {
    int stage;       /* 1, 2, 3; 4: finished */
    int epoch;       /* within the stage, from 0 */
    int64_t step;    /* within the epoch, from 0 */
    double loss_sum; /* of this epoch's steps so far */
    double seconds;  /* spent on this epoch so far */
    double best;     /* best validation mIoU so far; -1: none */
    int best_epoch;  /* the run's epoch, counted over stages from 1, that had it */
} TrainingState;

/* optimiser: NULL in stages that have none. */
bool resume_save(const char *path, const Network *network, const ModelCard *card,
                 const Optimiser *optimiser, const TrainingState *state, Error *error);

/* First half: the state, and a network as the file describes it, without weights. NULL: error. */
Network *resume_open(const char *path, const Device *device, ModelCard *card, TrainingState *state,
                     Error *error);

/* Second half, once the stage's optimiser exists (NULL where the stage has none): all tensors. */
bool resume_load(const char *path, Network *network, Optimiser *optimiser, Error *error);

#endif
