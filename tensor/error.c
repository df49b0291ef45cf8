#include "tensor/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool error_set(Error *error, const char *format, ...) {
    if (!error) return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    /* A file name may hold anything; one message must stay one line. */
    for (char *c = error->text; *c; c++)
        if (iscntrl((unsigned char)*c)) *c = '?';
    return false;
}

_Noreturn void promise_broken(const char *file, int line, const char *format, ...) {
    fprintf(stderr, "%s:%d: broken promise: ", file, line);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
