/* fuzz.c - the temporary file and the check of every fuzz target. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *fuzz_file(const uint8_t *bytes, size_t count) {
    static int descriptor = -1;
    static char path[64];
    if (descriptor < 0) descriptor = memfd_create("input", 0);
    PROMISE(descriptor >= 0 && ftruncate(descriptor, 0) == 0, "no file in memory");
    PROMISE(pwrite(descriptor, bytes, count, 0) == (ssize_t)count, "no room in memory");
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return path;
}

void fuzz_judge(bool good, const Error *error) {
    PROMISE(good == !error->text[0], "%s, and the line '%s'", good ? "success" : "failure",
            error->text);
    PROMISE(!strchr(error->text, '\n'), "two lines: %s", error->text);
}
