/* labels.h - the classes of a dataset and the rule by which its masks show them. Private to this
 * room. */
#ifndef DATA_LABELS_H
#define DATA_LABELS_H

#include "data/layout/layout.h"

/* Name the classes, look at every mask, and settle the rule (label_rule.h says which). Masks that
 * cannot be used become problems, and their samples get width 0. Fails with one line when options
 * do not fit the layout, when classes.txt is wrong, when files are refused, or when the masks could
 * be understood in two ways. */
bool labels_understand(Dataset *dataset, const Layout *layout, Error *error);

#endif
