/* selection.h - stage 2 of training: let AFSS choose the channels of every level. */
#ifndef HADNET_SELECTION_H
#define HADNET_SELECTION_H

#include "hadnet/trainer.h"

/* Choose network->selected from pairs of training images and their normal twins. Prints how well
 * the target map agrees with the masks. With rdr and rlpr there is nothing to do. */
TrainingEnd select_channels(Trainer *trainer, Error *error);

#endif
