/* memory.h - small allocations on the host that never return NULL.
 *
 * Two kinds of memory, two ways to run out of it:
 * - Allocations that are large or grow with an input (tensors, pictures, batches, files) use
 *   tensor_create or malloc. Their failure is an Error like any other: a smaller batch may fit.
 * - Small allocations (a name, a list, a node), and those of a thread inside a kernel, which cannot
 *   return an error, use the functions below. Error handling at each of these hundred places would
 *   be longer than the code itself and never run. When memory runs out, the process ends in an
 *   orderly way: memory_exhausted calls the handler that the program registered.
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

/* Ends the process because so many bytes cannot be allocated. Any thread may call it. */
void memory_exhausted(size_t bytes) __attribute__((noreturn));

/* Does the same if the error reports a lack of memory, else nothing. For callers that skip bad
 * inputs: an input is not bad because memory ran out. */
void memory_must_suffice(const Error *error);

/* Registers the handler: it prints the line, removes unfinished files (unfinished_files_remove) and
 * exits. It must not allocate memory and must not return. A program registers it once, before
 * threads start; without a handler PROMISE() stops the process. */
void memory_on_exhaustion(void (*end)(const char *line));

PUBLIC_END

#endif
