/* trainer.h - one training run: three stages, from the first step to the last file.
 *
 *     Trainer trainer = { &settings, &folder, dataset, network, card, state };
 *     switch (trainer_run(&trainer, &error)) ...
 *
 * Stage 1 trains backbone and head; stage 2 lets AFSS choose the channels; stage 3 trains
 * autoencoders and discriminator. After every epoch the network is evaluated on the part `val`,
 * metrics.csv gets a row, and last.safetensors and resume.safetensors are written. The settings and
 * the state determine everything, so a resumed run ends with the same bits.
 */
#ifndef HADNET_TRAINER_H
#define HADNET_TRAINER_H

#include "data/dataset.h"
#include "hadnet/training/resume.h"
#include "hadnet/training/run_folder.h"
#include "hadnet/training/settings.h"
#include "hadnet/training/training_end.h"

typedef struct Trainer {
    const Settings *settings;
    const RunFolder *folder;
    Dataset *dataset; /* split */
    SplitKind split;  /* how */
    Network *network;
    ModelCard card;
    TrainingState state;
    bool without_curves; /* curves.png cannot be written, and that was reported */
    bool resuming;       /* the weights, and the stage's optimiser, are still to be read */
} Trainer;

/* Find errors before the run starts: a stage's graph that cannot be built at this batch and size,
 * or images that give no pairs for stage 2. */
bool trainer_check(const Trainer *trainer, Error *error);

TrainingEnd trainer_run(Trainer *trainer, Error *error);

#endif
