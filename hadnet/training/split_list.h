/* split_list.h - split.txt of a run: which image is in which part.
 *
 *     train images/000.png
 *     test images/001.png
 *
 * It is there for people, and for --resume, which tells by it what has changed since.
 */
#ifndef HADNET_SPLIT_LIST_H
#define HADNET_SPLIT_LIST_H

#include "data/dataset.h"

/* Write the parts of every sample. Control characters in names become '?'. */
bool split_list_write(const Dataset *dataset, const char *path, Error *error);

/* A line in error on how the dataset differs from the list at path: how many images were added, how
 * many are missing, how many changed their part, and the first of each. Always false. */
bool split_list_refuse(const Dataset *dataset, const char *path, Error *error);

#endif
