/* allocate.h - this room's short names for memory that is always there (tensor/memory.h). */
#ifndef DATA_ALLOCATE_H
#define DATA_ALLOCATE_H

#include "tensor/error.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* count elements of size bytes, all zero; the caller frees. */
static inline void *allocate(size_t count, size_t size) {
    return memory_new(count, size);
}

/* Room for one element more than count: doubles the array whenever count reaches a power of two. */
static inline void *allocate_one_more(void *array, size_t count, size_t size) {
    return count & (count - 1) ? array : memory_resize(array, count ? 2 * count : 1, size);
}

static inline char *allocate_text(const char *text) {
    return memory_text(text);
}

#endif
