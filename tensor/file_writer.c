/* file_writer.c - the temporary file, its rename, and the errors in between. */
#include "tensor/file_writer.h"

#include "tensor/unfinished_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Blocks SIGXFSZ, which the system sends to a thread that writes past RLIMIT_FSIZE; write then
 * fails with EFBIG. */
static sigset_t size_signal(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    return set;
}

static void hold_signal(FileWriter *writer) {
    const sigset_t set = size_signal();
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &set, &before);
    writer->signal_was_blocked = sigismember(&before, SIGXFSZ) == 1;
}

static void let_signal_go(FileWriter *writer) {
    if (writer->signal_was_blocked) return;
    const sigset_t set = size_signal();
    const struct timespec at_once = { 0, 0 };
    if (writer->failure == EFBIG) sigtimedwait(&set, NULL, &at_once); /* take the one we caused */
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* PATH.PROCESS-NUMBER.new; a long name is shortened to what a folder entry can hold. NULL: no
 * memory. */
static char *name_beside(const char *path, int number) {
    enum { ENDING_BYTES = 40 };
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char ending[ENDING_BYTES];
    const int length = snprintf(ending, sizeof ending, ".%ld-%d.new", (long)getpid(), number);
    const size_t folder = (size_t)(name - path), room = NAME_MAX - (size_t)length;
    const size_t kept = folder + (strlen(name) < room ? strlen(name) : room);
    char *joined = malloc(kept + ENDING_BYTES);
    if (!joined) return NULL;
    memcpy(joined, path, kept);
    strcpy(joined + kept, ending);
    return joined;
}

/* Creates a new file exclusively: no other thread or process has it open, and no symbolic link is
 * followed. On failure: -1, errno, and a new_path that is NULL or must be freed. */
static int create_beside(const char *path, char **new_path) {
    enum { ATTEMPTS = 1000 };
    int descriptor = -1;
    for (int number = 1; descriptor < 0 && number <= ATTEMPTS; number++) {
        if (number > 1) free(*new_path);
        *new_path = name_beside(path, number);
        if (!*new_path) break;
        descriptor = open(*new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST) break;
    }
    return descriptor;
}

bool file_writer_open(FileWriter *writer, const char *path, Error *error) {
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return error_set(error, "%s: cannot write: it exists and is no regular file", path);
    *writer = (FileWriter){ .path = strdup(path) };
    const int descriptor = writer->path ? create_beside(path, &writer->new_path) : -1;
    writer->file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (!writer->file) {
        error_set(error, "%s: cannot write: %s", path, strerror(errno));
        if (descriptor >= 0) {
            remove(writer->new_path);
            close(descriptor);
        }
        free(writer->path);
        free(writer->new_path);
        return false;
    }
    writer->unfinished = unfinished_files_list(writer->new_path);
    hold_signal(writer);
    return true;
}

void file_writer_write(FileWriter *writer, const void *bytes, size_t count) {
    errno = 0;
    if (!writer->failure && fwrite(bytes, 1, count, writer->file) != count)
        writer->failure = errno ? errno : EIO;
}

/* A file system that does not support fsync counts as synchronised. */
static bool synchronise(int descriptor) {
    int failed;
    while ((failed = fsync(descriptor)) != 0 && errno == EINTR) {
    }
    return !failed || errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;
}

/* Writes the folder's entry for the file to the disk. */
static bool synchronise_folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash == path ? strdup("/")
                   : slash       ? strndup(path, (size_t)(slash - path))
                                 : strdup(".");
    if (!folder) return false;
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (descriptor < 0) return true; /* a folder that may be written but not read */
    const bool good = synchronise(descriptor);
    const int failure = errno;
    close(descriptor);
    errno = failure;
    return good;
}

/* Flushes the last bytes, and with `durable` synchronises the disk. */
static void close_file(FileWriter *writer) {
    errno = 0;
    bool good = fflush(writer->file) == 0 && !ferror(writer->file);
    if (good && writer->durable && !writer->failure) good = synchronise(fileno(writer->file));
    if (!good && !writer->failure) writer->failure = errno ? errno : EIO;
    if (fclose(writer->file) != 0 && !writer->failure) writer->failure = errno ? errno : EIO;
}

bool file_writer_finish(FileWriter *writer, bool keep, Error *error) {
    close_file(writer);
    let_signal_go(writer);
    if (!writer->failure && keep &&
        (rename(writer->new_path, writer->path) != 0 ||
         (writer->durable && !synchronise_folder_of(writer->path))))
        writer->failure = errno;
    const bool good = !writer->failure;
    if (!good) error_set(error, "%s: cannot write: %s", writer->path, strerror(writer->failure));
    if (!good || !keep) remove(writer->new_path);
    unfinished_files_drop(writer->unfinished);
    free(writer->path);
    free(writer->new_path);
    return good;
}
