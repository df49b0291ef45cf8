/* label_decision.h - settling what the values of masks mean, from what all masks hold. Private to
 * this room. */
#ifndef DATA_LABEL_DECISION_H
#define DATA_LABEL_DECISION_H

#include "data/labels/mask_values.h"

/* Settle what 255 means, and, where the masks themselves name the classes, how many there are: the
 * largest label + 1 is returned; where classes are named, their number. 0, with a line that shows
 * masks, what they hold and what to say, where it could be meant in two ways. */
int labels_decide(Dataset *dataset, Error *error);

#endif
