/* regular_file.c - opens a file for reading and refuses pipes, devices and folders. */
#include "tensor/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_of(mode_t mode) {
    return S_ISDIR(mode)    ? "a folder"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISCHR(mode)  ? "a device"
           : S_ISBLK(mode)  ? "a device"
                            : "of an unknown kind";
}

static FILE *fail(int descriptor, const char *path, Error *error) {
    if (errno == ENOMEM)
        error_no_memory(error, "%s: cannot open", path);
    else
        error_set(error, "%s: cannot open: %s", path, strerror(errno));
    if (descriptor >= 0) close(descriptor);
    return NULL;
}

FILE *regular_file_open(const char *path, uint64_t *bytes, Error *error) {
    /* Without O_NONBLOCK a pipe waits for its writer; without O_NOCTTY a terminal becomes ours. */
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) return fail(descriptor, path, error);
    if (!S_ISREG(status.st_mode)) {
        error_set(error, "%s: not a regular file: it is %s", path, kind_of(status.st_mode));
        close(descriptor);
        return NULL;
    }
    FILE *file = fdopen(descriptor, "rb");
    if (!file) return fail(descriptor, path, error);
    *bytes = (uint64_t)status.st_size;
    return file;
}
