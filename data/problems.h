/* problems.h - the list of a dataset's bad files, with what is wrong with each.
 *
 * Every skipped image leaves one line here. Safe to call from any thread.
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

/* Fail with one line "FOLDER: N problems: ...; ...; and M more" that lists the first five, or as
 * many as fit; a single problem is printed as it is. The folder is cut off the paths. There must be
 * at least one problem. Always false. */
bool problems_fail(Problems *problems, const char *folder, Error *error);

/* The number of lines so far, and a copy of line `index` (the caller frees), for readers that run
 * concurrently with loader threads. */
int problems_count(Problems *problems);
char *problems_line(Problems *problems, int index);

#endif
