/* file_writer.h - a file that is either written whole or not at all.
 *
 * Bytes go to a file beside NAME, NAME.PROCESS-NUMBER.new, which takes the place of NAME at the
 * end: whoever reads NAME finds the old file or the new one, never a part. Two writers of one NAME
 * have a file each; the one that finishes last stays. A full disk, and a limit on file sizes (whose
 * signal would otherwise end the program), are errors like any other; the file beside is then
 * removed.
 */
#ifndef TENSOR_FILE_WRITER_H
#define TENSOR_FILE_WRITER_H

#include "tensor/error.h"

#include <stddef.h>
#include <stdio.h>

typedef struct FileWriter {
    FILE *file; /* to be printed to as well */
    /* false after opening. true: finish returns only when the disk itself holds the file under its
     * name, so that it outlives a power cut; without, it might be found empty after one. */
    bool durable;
    char *path, *new_path;
    int failure;    /* errno of the first write that failed; 0 */
    int unfinished; /* its place in unfinished_files.h */
    bool signal_was_blocked;
} FileWriter;

/* Open, write as often as needed, finish: all on one thread. After open succeeded, finish must be
 * called; it tells whether everything was written. keep: false throws the new file away. */
bool file_writer_open(FileWriter *writer, const char *path, Error *error);
void file_writer_write(FileWriter *writer, const void *bytes, size_t count);
bool file_writer_finish(FileWriter *writer, bool keep, Error *error);

#endif
