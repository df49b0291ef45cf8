/* allocate.h - memory that is zeroed and is always there: running out is a broken promise. */
#ifndef DATA_ALLOCATE_H
#define DATA_ALLOCATE_H

#include "tensor/error.h"

#include <stdlib.h>
#include <string.h>

/* count elements of size bytes, all zero; the caller frees. */
static inline void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size ? size : 1);
    PROMISE(memory, "out of memory: %zu x %zu bytes", count, size);
    return memory;
}

/* Room for one element more than count: doubles the array whenever count reaches a power of two. */
static inline void *allocate_one_more(void *array, size_t count, size_t size) {
    if (count & (count - 1)) return array;
    void *memory = realloc(array, (count ? 2 * count : 1) * size);
    PROMISE(memory, "out of memory: %zu x %zu bytes", count, size);
    return memory;
}

static inline char *allocate_text(const char *text) {
    return strcpy((char *)allocate(strlen(text) + 1, 1), text);
}

#endif
