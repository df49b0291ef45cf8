/* selection.h - stage 2 of training: AFSS chooses the channels of every level, and the channels'
 * statistics are taken. */
#ifndef HADNET_SELECTION_H
#define HADNET_SELECTION_H

#include "data/dataset.h"
#include "hadnet/training/settings.h"
#include "hadnet/training/training_end.h"

/* Choose network->selected from pairs of training images and their normal twins, and take
 * network->level_mean and level_variance over the twins. Prints how well the target map agrees with
 * the masks. With rdr and rlpr the channels stay as they are. */
TrainingEnd select_channels(Network *network, Dataset *dataset, const Settings *settings,
                            Error *error);

/* Whether the training images give a first batch of pairs: what stage 2 would find out only when
 * stage 1 is done. */
bool selection_check(Dataset *dataset, const Settings *settings, Error *error);

#endif
