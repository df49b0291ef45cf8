/* unfinished_files.h - the list of files being written now, readable from a signal handler: a
 * program that a signal ends removes them first.
 */
#ifndef TENSOR_UNFINISHED_FILES_H
#define TENSOR_UNFINISHED_FILES_H

/* Adds a name, which is copied, to the list. Pass the result to unfinished_files_drop when the file
 * is finished or removed. -1, which drop accepts: the name is too long or the list is full, and the
 * file would not be removed. Thread-safe. */
int unfinished_files_list(const char *path);
void unfinished_files_drop(int place);

/* Remove every listed file. For signal handlers that are about to end the program. */
void unfinished_files_remove(void);

#endif
