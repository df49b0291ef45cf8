/* memory.h - memory of the host that is always there, and what happens when it is not.
 *
 * Two kinds of memory, two ways to run out of it:
 * - What is large or grows with an input (tensors, pictures, batches, files) is asked for with
 *   tensor_create or malloc, and its lack is an Error like any other: a smaller batch may fit.
 * - What is small beside that (a name, a list, a node), or is wanted by one of many threads in the
 *   middle of a kernel, which has no way to return an error, comes from here and is never NULL. A
 *   way back from each of these hundred places would be longer than the code itself and never be
 *   walked. When there is none, the process ends, but in order: memory_exhausted calls the end
 *   that the program gave.
 */
#ifndef TENSOR_MEMORY_H
#define TENSOR_MEMORY_H

#include "tensor/error.h"
#include "tensor/public.h"

#include <stddef.h>

PUBLIC_BEGIN

/* count elements of size bytes, all zero; never NULL, also of 0 bytes. The caller frees. */
void *memory_new(size_t count, size_t size);

/* realloc to count elements of size bytes; never NULL. */
void *memory_resize(void *memory, size_t count, size_t size);

/* An array of count elements with room for one more: doubled whenever count reaches a power of
 * two. */
void *memory_one_more(void *array, size_t count, size_t size);

/* A copy of the text; the caller frees. */
char *memory_text(const char *text);

/* There is no room for so many bytes and no way to go on. Any thread may call. Does not return. */
void memory_exhausted(size_t bytes) __attribute__((noreturn));

/* The same where an error says so, and nothing where it says something else: for whoever leaves out
 * inputs that are bad and goes on. Without memory an input is not bad. */
void memory_must_suffice(const Error *error);

/* What ends the process then: print the line, leave no unfinished file (unfinished_files_remove),
 * exit. It must not ask for memory and must not return. Given once, by a program, before threads
 * start; without it a promise is broken. */
void memory_on_exhaustion(void (*end)(const char *line));

PUBLIC_END

#endif
