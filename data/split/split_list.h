/* split_list.h - the part of every image in a text file, split.txt of a run.
 *
 *     train images/000.png
 *     test images/001.png
 *
 * It is for people to read, and lets a resumed run report what has changed since.
 */
#ifndef DATA_SPLIT_LIST_H
#define DATA_SPLIT_LIST_H

#include "data/dataset.h"

/* Write the parts of every sample. Control characters in names become '?'. */
bool split_list_write(const Dataset *dataset, const char *path, Error *error);

/* Set the error to how the dataset differs from the list at path: how many images were added, are
 * missing, or changed their part, and the first of each. Always false. */
bool split_list_refuse(const Dataset *dataset, const char *path, Error *error);

#endif
