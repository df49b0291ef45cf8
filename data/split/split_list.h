/* split_list.h - the part of every image in a text file, such as split.txt of a run.
 *
 *     train images/000.png
 *     test images/001.png
 *
 * Each line is a part (train, val or test), a blank, and the image's path in the dataset's folder, to
 * the end of the line. Empty lines are skipped. Control characters in paths are written as '?'.
 */
#ifndef DATA_SPLIT_LIST_H
#define DATA_SPLIT_LIST_H

#include "data/dataset.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* Write the part of every sample. */
bool split_list_write(const Dataset *dataset, const char *path, Error *error);

/* Give every sample the part that the file at path lists. Fails with one line for a line of another
 * form and for an image listed twice, naming file and line; for images that the file lists and the
 * folder lacks, and for samples that the file does not list, naming the first of each; and for a part
 * without images. Listed images that are in the folder, but were left out when the dataset was opened,
 * do no harm. The parts are unchanged after a failure. */
bool split_list_read(Dataset *dataset, const char *path, Error *error);

PUBLIC_END

/* Set the error to how the dataset differs from the list at path: how many images were added, are
 * missing, or changed their part, and the first of each. Always false. */
bool split_list_refuse(const Dataset *dataset, const char *path, Error *error);

#endif
