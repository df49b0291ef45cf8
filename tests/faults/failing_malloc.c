/* failing_malloc.c - a library to preload into a program: memory runs out at a chosen allocation.
 *
 *     FAIL_AT=120 LD_PRELOAD=failing_malloc.so hadnet_predict ...    the 120th request fails
 *     FAIL_ON=1 ...          and all that follow fail too
 *     FAIL_COUNT=FILE ...    the number of requests is written to FILE
 *
 * Requests are counted from the call of main: the allocations of the loader and the runtimes before
 * are not the program's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own functions, under the names that nobody overrides. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

typedef int (*Main)(int argc, char **argv, char **environment);

static bool counting, from_then_on;
static long requests, fails_at;
static Main real_main;

/* Whether this request fails. */
static bool fails(void) {
    if (!__atomic_load_n(&counting, __ATOMIC_RELAXED)) return false;
    const long number = __atomic_add_fetch(&requests, 1, __ATOMIC_RELAXED);
    if (fails_at == 0 || number < fails_at || (number > fails_at && !from_then_on)) return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    return fails() ? NULL : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (fails()) return ENOMEM;
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

static long number_of(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static int counted_main(int argc, char **argv, char **environment) {
    fails_at = number_of("FAIL_AT");
    from_then_on = number_of("FAIL_ON") != 0;
    __atomic_store_n(&counting, true, __ATOMIC_RELAXED);
    const int status = real_main(argc, argv, environment);
    __atomic_store_n(&counting, false, __ATOMIC_RELAXED);
    const char *report = getenv("FAIL_COUNT");
    FILE *file = report ? fopen(report, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", requests);
        fclose(file);
    }
    return status;
}

int __libc_start_main(Main main, int argc, char **argv, void (*initialise)(void),
                      void (*finish)(void), void (*loader_finish)(void), void *stack_end) {
    int (*start)(Main, int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
        dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return start(counted_main, argc, argv, initialise, finish, loader_finish, stack_end);
}
