/* labels.h - the classes of a dataset and the rule by which its masks show them. Private to this
 * room. */
#ifndef DATA_LABELS_H
#define DATA_LABELS_H

#include "data/layout/layout.h"

/* Name the classes and begin the rule by what the options and classes.txt say, before any file is
 * looked at. Fails with one line when options do not fit the layout or classes.txt is wrong. */
bool labels_begin(Dataset *dataset, const Layout *layout, Error *error);

/* Settle the rule (label_rule.h says how) by what the survey found in the masks. Masks that cannot
 * be used become problems, and their samples get width 0. Fails with one line when files are
 * refused, or when the masks could be understood in two ways. */
bool labels_understand(Dataset *dataset, const Layout *layout, Error *error);

#endif
