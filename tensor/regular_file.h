/* regular_file.h - open a file that a user names, for reading.
 *
 * Opening a pipe without a writer blocks, and a terminal or /dev/zero never ends. So every path
 * that comes from outside is opened here.
 */
#ifndef TENSOR_REGULAR_FILE_H
#define TENSOR_REGULAR_FILE_H

#include "tensor/error.h"

#include <stdint.h>
#include <stdio.h>

/* Open path for reading in binary, at once; *bytes is its size. The caller closes. NULL with a line
 * that names path when it cannot be opened, or is a folder, a pipe, a socket or a device. */
FILE *regular_file_open(const char *path, uint64_t *bytes, Error *error);

#endif
