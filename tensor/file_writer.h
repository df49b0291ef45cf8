/* file_writer.h - write a file atomically: completely or not at all.
 *
 * Bytes go to NAME.PROCESS-NUMBER.new, which is renamed to NAME at the end, so a reader of NAME
 * sees the old file or the new one, never a part. Two writers of one NAME have a temporary file
 * each; the one that finishes last wins. A full disk, and a limit on file sizes (whose signal would
 * otherwise end the program), are errors like any other; the temporary file is then removed.
 */
#ifndef TENSOR_FILE_WRITER_H
#define TENSOR_FILE_WRITER_H

#include "tensor/error.h"

#include <stddef.h>
#include <stdio.h>

typedef struct FileWriter {
    FILE *file; /* callers may print to it as well */
    /* false after opening. true: finish returns only when the file is on disk under its name, so
     * that it survives a power failure; otherwise it might be empty after one. */
    bool durable;
    char *path, *new_path;
    int failure;    /* errno of the first write that failed; 0 */
    int unfinished; /* its place in unfinished_files.h */
    bool signal_was_blocked;
} FileWriter;

/* Open, write as often as needed, finish: all on one thread. After open succeeded, finish must be
 * called; it returns whether everything was written. keep: false discards the new file. */
bool file_writer_open(FileWriter *writer, const char *path, Error *error);
void file_writer_write(FileWriter *writer, const void *bytes, size_t count);
bool file_writer_finish(FileWriter *writer, bool keep, Error *error);

#endif
