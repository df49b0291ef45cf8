/* trainer.h - one training run, from first step to last file.
 *
 *     Trainer trainer = { &settings, &folder, dataset, network, card, state };
 *     switch (trainer_run(&trainer, &error)) ...
 *
 * Stage 1 trains backbone and head; stage 2 lets AFSS choose the channels; stage 3 trains
 * autoencoders and discriminator. After every epoch the part `val` is judged, metrics.csv gets a
 * row, and last.safetensors and resume.safetensors are written. Everything that happens follows
 * from the settings and the state: a resumed run ends with the same bits.
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
    Network *network;
    ModelCard card;
    TrainingState state;
    bool without_curves; /* curves.png cannot be written, and that was said */
    bool resuming; /* the weights, and the optimiser of the current stage, are yet to be read */
} Trainer;

/* What would end the run later is found before it begins: that a stage's graph cannot be built at
 * this batch and size, that the images give no pairs for stage 2. */
bool trainer_check(const Trainer *trainer, Error *error);

TrainingEnd trainer_run(Trainer *trainer, Error *error);

#endif
