/* error.h - how functions report failures.
 *
 * Two kinds of failure, two tools:
 * - The user's input is wrong (file, flag, shape, weights): the function returns false or NULL and
 *   writes one line to its Error: what, where, found, expected. Programs print that line and exit
 *   with status 2. Only a main file calls exit().
 * - An invariant of the program is violated: PROMISE() stops with file and line.
 * A failed large allocation is a failure of the first kind. For small ones see tensor/memory.h.
 */
#ifndef TENSOR_ERROR_H
#define TENSOR_ERROR_H

#include "tensor/public.h"

#include <stdbool.h>

PUBLIC_BEGIN

typedef struct Error {
    char text[1024]; /* one line, without newline; "" while nothing failed */
} Error;

/* Write the line (printf style; control characters become '?') and return false, so that a
 * function can say `return error_set(error, ...)`. A NULL error only returns false. */
bool error_set(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "WHAT: not enough memory": error_set for an allocation that failed. */
bool error_no_memory(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether error_no_memory wrote the line, or it was copied from such a line: the input that it
 * names need not be wrong. */
bool error_is_no_memory(const Error *error);

/* Stop the program: print file, line and message to standard error, and abort. */
void promise_broken(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

#define PROMISE(condition, ...) \
    ((condition) ? (void)0 : promise_broken(__FILE__, __LINE__, __VA_ARGS__))

PUBLIC_END

#endif
