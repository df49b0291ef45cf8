/* run_folder.h - the output folder of a training run.
 *
 *     settings.txt  split.txt  metrics.csv  afss.csv  curves.png  overlays.png  report.html
 *     last.safetensors  best.safetensors  (and the trainer's files for --resume)
 *
 * Every file is written under a temporary name and renamed, so a run that is killed, or a full
 * disk, leaves the last complete state. A folder has one writer: whoever creates or opens it holds
 * a lock on it until run_folder_close, or the end of the process. (On a file system without locks
 * there is none.)
 */
#ifndef HADNET_RUN_FOLDER_H
#define HADNET_RUN_FOLDER_H

#include "tensor/error.h"

#include <stdint.h>

enum { RUN_PATH_MAX = 4096 };

typedef struct RunFolder {
    char path[RUN_PATH_MAX];
    int lock;    /* the descriptor that holds it; 0: none */
    bool is_new; /* this run made it */
} RunFolder;

/* Create a folder and its parents, if they do not exist. */
bool make_folders(const char *path, Error *error);

/* Create the folder, and its parents, and lock it. Fails for an existing folder if it holds a run
 * (a file settings.txt, metrics.csv or last.safetensors), if another process is about to use it, or
 * if it has another file that a run would replace. */
bool run_folder_create(RunFolder *folder, const char *path, Error *error);

/* Lock the folder of an earlier run, for --resume: it must have settings.txt and
 * resume.safetensors. Half-written files of a killed run are removed. */
bool run_folder_open(RunFolder *folder, const char *path, Error *error);

/* Remove the files of a run that was cut off before it had saved anything to resume from, so that
 * it can begin again in its folder. Another run, or a missing folder, is left as it is. */
bool run_folder_discard_start(const char *path, Error *error);

/* Create and lock `base`, or if it exists base-2, base-3, ...: for runs without --out. No two
 * processes get the same folder. */
bool run_folder_create_next(RunFolder *folder, const char *base, Error *error);

/* Whether the disk has room for `bytes` bytes of weight files, counting those that the run already
 * has; otherwise the error says how much there is, and an empty folder is removed again. */
bool run_folder_has_room(const RunFolder *folder, uint64_t bytes, Error *error);

/* Unlock the folder. */
void run_folder_close(RunFolder *folder);

/* folder/name in buffer, which is returned. */
const char *run_folder_file(const RunFolder *folder, const char *name, char buffer[RUN_PATH_MAX]);

/* Append a row to metrics.csv; the first row also writes the header. Later rows must have the same
 * columns. NaN leaves an empty cell. */
bool run_folder_append(const RunFolder *folder, int columns, const char *const *names,
                       const double *values, Error *error);

/* Drop the rows of metrics.csv whose first column is above `last`: rows that an interrupted run
 * wrote after the saved state. A missing file is not an error. */
bool run_folder_rewind(const RunFolder *folder, double last, Error *error);

#endif
