/* text_file.h - reads small text files, and prints numbers. tensor/file_writer.h writes files. */
#ifndef TENSOR_TEXT_FILE_H
#define TENSOR_TEXT_FILE_H

#include "tensor/error.h"

/* The file's text, ended by a zero byte; the caller frees. NULL, with an error naming path, if it
 * cannot be read, contains a zero byte or is longer than 64 MiB. */
char *text_file_read(const char *path, Error *error);

/* Whether a program may write its own kind of file at path: nothing is there, or a regular file that
 * is empty or begins with `beginning`, which marks that kind. */
bool text_file_may_be_replaced(const char *path, const char *beginning);

/* End the line that starts at `line` with a zero byte (also dropping a carriage return before the
 * newline) and return the start of the next, or NULL after the last. */
char *text_line_end(char *line);

/* The shortest decimal form that reads back as the same double, in buffer, which is returned. Whole
 * numbers below 10^15 have no exponent. */
enum { TEXT_NUMBER = 32 };
const char *text_number(double value, char buffer[TEXT_NUMBER]);

#endif
