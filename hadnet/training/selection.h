/* selection.h - stage 2 of training: AFSS chooses the channels of every level, and the channels'
 * statistics are measured. */
#ifndef HADNET_SELECTION_H
#define HADNET_SELECTION_H

#include "data/dataset.h"
#include "hadnet/training/settings.h"
#include "hadnet/training/training_end.h"

/* Choose network->selected from pairs of training images and their normal twins, and measure
 * network->level_mean and level_variance on the twins. Prints the correlation of the target map
 * with the masks. With rdr and rlpr the channels do not change. losses_path: receives a table with
 * the columns level (from 1), channel, loss (1e30 of a dead channel) and kept (0 or 1); NULL: none. */
TrainingEnd select_channels(Network *network, Dataset *dataset, const Settings *settings,
                            const char *losses_path, Error *error);

/* Whether the training images give a first batch of pairs. Called before stage 1, so that a failure
 * of stage 2 is found early. */
bool selection_check(Dataset *dataset, const Settings *settings, Error *error);

#endif
