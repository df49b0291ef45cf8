/* run_folder.h - the folder that a training run leaves.
 *
 *     settings.txt  split.txt  metrics.csv  curves.png  overlays.png
 *     last.safetensors  best.safetensors  (and what else the trainer keeps for --resume)
 *
 * Every file in it is written beside and renamed: a run that is killed, or a disk that fills,
 * leaves the last complete state. A folder has one writer: whoever creates or opens it holds a lock
 * on it until run_folder_close, or the end of the process. (Where the file system has no locks
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

/* Make a folder and its parents, where they are not there yet. */
bool make_folders(const char *path, Error *error);

/* Make the folder, and its parents, and lock it. An existing folder is used, unless it holds a run:
 * a file settings.txt, metrics.csv or last.safetensors; or another process is about to; or it holds
 * another file that a run would replace. */
bool run_folder_create(RunFolder *folder, const char *path, Error *error);

/* Lock the folder of an earlier run, for --resume: it must hold settings.txt and
 * resume.safetensors. What a killed run left half-written is removed. */
bool run_folder_open(RunFolder *folder, const char *path, Error *error);

/* Create `base`, or if that is there already base-2, base-3, ..., and lock it: for runs without
 * --out. No two processes get the same. */
bool run_folder_create_next(RunFolder *folder, const char *base, Error *error);

/* Whether the disk has room for so many bytes of weight files, beyond what the run's own already
 * take; otherwise a line says how much there is, and a folder with nothing in it is removed again.
 */
bool run_folder_has_room(const RunFolder *folder, uint64_t bytes, Error *error);

/* Let others write into the folder. */
void run_folder_close(RunFolder *folder);

/* folder/name in buffer, which is returned. */
const char *run_folder_file(const RunFolder *folder, const char *name, char buffer[RUN_PATH_MAX]);

/* Append a row to metrics.csv; the first row makes the header. The columns of later rows must be
 * the same. NaN leaves an empty cell. */
bool run_folder_append(const RunFolder *folder, int columns, const char *const *names,
                       const double *values, Error *error);

/* Drop the rows of metrics.csv whose first column is above `last`: what an interrupted run had
 * written after the state it is resumed from. No file, no error. */
bool run_folder_rewind(const RunFolder *folder, double last, Error *error);

#endif
