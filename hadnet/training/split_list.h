/* split_list.h - split.txt of a run: the part of every image.
 *
 *     train images/000.png
 *     test images/001.png
 *
 * It is for people to read, and lets --resume report what has changed since.
 */
#ifndef HADNET_SPLIT_LIST_H
#define HADNET_SPLIT_LIST_H

#include "data/dataset.h"

/* Write the parts of every sample. Control characters in names become '?'. */
bool split_list_write(const Dataset *dataset, const char *path, Error *error);

/* Set the error to how the dataset differs from the list at path: how many images were added, are
 * missing, or changed their part, and the first of each. Always false. */
bool split_list_refuse(const Dataset *dataset, const char *path, Error *error);

#endif
