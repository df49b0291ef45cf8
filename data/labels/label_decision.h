/* label_decision.h - settles what the values in masks mean, from the values of all masks. Private
 * to data/. */
#ifndef DATA_LABEL_DECISION_H
#define DATA_LABEL_DECISION_H

#include "data/labels/mask_values.h"

/* Settle what 255 means, and return the number of classes: that of the named classes, or, where
 * the masks themselves define the classes, the largest label + 1. Returns 0 if there are two ways
 * to understand the masks; the error quotes masks, their values, and the options to choose by. */
int labels_decide(Dataset *dataset, Error *error);

#endif
