/* error.c - error messages, and how a violated PROMISE ends the program. */
#include "tensor/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char no_memory[] = ": not enough memory";

static void set_line(Error *error, const char *format, va_list arguments) {
    vsnprintf(error->text, sizeof error->text, format, arguments);
    /* A file name may contain any byte; a message must stay one line. */
    for (char *c = error->text; *c; c++)
        if (iscntrl((unsigned char)*c)) *c = '?';
}

bool error_set(Error *error, const char *format, ...) {
    if (!error) return false;
    va_list arguments;
    va_start(arguments, format);
    set_line(error, format, arguments);
    va_end(arguments);
    return false;
}

bool error_no_memory(Error *error, const char *format, ...) {
    if (!error) return false;
    va_list arguments;
    va_start(arguments, format);
    set_line(error, format, arguments);
    va_end(arguments);
    const size_t length = strlen(error->text), most = sizeof error->text - sizeof no_memory;
    strcpy(error->text + (length < most ? length : most), no_memory);
    return false;
}

bool error_is_no_memory(const Error *error) {
    const size_t length = strlen(error->text), ending = sizeof no_memory - 1;
    return length >= ending && !strcmp(error->text + length - ending, no_memory);
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
