/* memory.c - allocation with a handler for the lack of memory. */
#include "tensor/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The handler that the program registered; one per process. */
static void (*end_process)(const char *line);

void memory_on_exhaustion(void (*end)(const char *line)) {
    end_process = end;
}

static _Noreturn void end(const char *line) {
    if (end_process) end_process(line);
    promise_broken(__FILE__, __LINE__, "%s", line);
}

void memory_exhausted(size_t bytes) {
    char line[80];
    snprintf(line, sizeof line, "out of memory: no room for %zu more bytes", bytes);
    end(line);
}

void memory_must_suffice(const Error *error) {
    if (error_is_no_memory(error)) end(error->text);
}

static size_t product(size_t count, size_t size) {
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

void *memory_new(size_t count, size_t size) {
    if (count == 0 || size == 0) count = size = 1;
    void *memory = calloc(count, size);
    if (!memory) memory_exhausted(product(count, size));
    return memory;
}

void *memory_resize(void *memory, size_t count, size_t size) {
    const size_t bytes = product(count, size);
    void *resized = realloc(memory, bytes ? bytes : 1);
    if (!resized) memory_exhausted(bytes);
    return resized;
}

void *memory_one_more(void *array, size_t count, size_t size) {
    return count & (count - 1) ? array : memory_resize(array, count ? 2 * count : 1, size);
}

char *memory_text(const char *text) {
    return strcpy(memory_new(strlen(text) + 1, 1), text);
}
