/* text_file.h - small text files, read whole and written all or nothing. */
#ifndef HADNET_TEXT_FILE_H
#define HADNET_TEXT_FILE_H

#include "tensor/error.h"

#include <stdio.h>

/* The file's text, ended by a zero byte; the caller frees. NULL, with a line naming path, when it
 * cannot be read, holds a zero byte or is longer than 64 MiB. */
char *text_file_read(const char *path, Error *error);

/* End the line that starts at `line` with a zero byte (a carriage return before the newline goes
 * too) and return the start of the next, or NULL after the last. */
char *text_line_end(char *line);

/* Writing: begin, print to stream, end. The file appears at path, complete, or not at all. */
typedef struct TextFile {
    FILE *stream;
    char *path, *beside; /* PATH and PATH.new */
} TextFile;

bool text_file_begin(TextFile *file, const char *path, Error *error);
bool text_file_end(TextFile *file, Error *error);
void text_file_cancel(TextFile *file); /* instead of the end: nothing appears */

/* The shortest decimal form that reads back as the same double, in buffer, which is returned. */
enum { TEXT_NUMBER = 32 };
const char *text_number(double value, char buffer[TEXT_NUMBER]);

#endif
