/* labels.h - a dataset's classes, and the rule that maps mask values to them. Private to data/. */
#ifndef DATA_LABELS_H
#define DATA_LABELS_H

#include "data/layout/layout.h"

/* Name the classes and begin the rule from the options and classes.txt, before any file is read.
 * Fails with one line when options do not fit the layout or classes.txt is wrong. */
bool labels_begin(Dataset *dataset, const Layout *layout, Error *error);

/* Settle the rule (see label_rule.h) from the values that the survey found in the masks. Unusable
 * masks become problems, and their samples get width 0. Fails with one line when files are
 * refused, or when the masks are ambiguous. */
bool labels_understand(Dataset *dataset, const Layout *layout, Error *error);

#endif
