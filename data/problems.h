/* problems.h - what was wrong with a dataset's files, by name.
 *
 * Skipped images are never silent: each leaves one line here. Safe to call from any thread.
 */
#ifndef DATA_PROBLEMS_H
#define DATA_PROBLEMS_H

#include "tensor/error.h"

#include <pthread.h>

typedef struct Problems {
    pthread_mutex_t lock;
    char **lines; /* one per problem: path, what was found, what was expected */
    int count;
} Problems;

void problems_start(Problems *problems);
void problems_add(Problems *problems, const char *line); /* the line is copied */
void problems_end(Problems *problems);

/* Fail with one line "FOLDER: N problems: ...; ...; and M more" that shows the first five, or as
 * many as fit; a single problem is shown as it is. Paths lose the folder in front. At least one
 * problem must be there. Always false. */
bool problems_fail(Problems *problems, const char *folder, Error *error);

/* The number of lines so far, and a copy of line `index` (the caller frees), for readers that run
 * beside loader threads. */
int problems_count(Problems *problems);
char *problems_line(Problems *problems, int index);

#endif
