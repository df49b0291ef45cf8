#include "tensor/file_writer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* SIGXFSZ, sent to a thread that writes past RLIMIT_FSIZE, is held back meanwhile; write then
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

static char *join(const char *path, const char *ending) {
    char *joined = malloc(strlen(path) + strlen(ending) + 1);
    PROMISE(joined, "no memory for a file name");
    return strcat(strcpy(joined, path), ending);
}

bool file_writer_open(FileWriter *writer, const char *path, Error *error) {
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return error_set(error, "%s: cannot write: it exists and is no regular file", path);
    *writer = (FileWriter){ .path = join(path, ""), .new_path = join(path, ".new") };
    writer->file = fopen(writer->new_path, "wb");
    if (writer->file) {
        hold_signal(writer);
        return true;
    }
    error_set(error, "%s: cannot write: %s", path, strerror(errno));
    free(writer->path);
    free(writer->new_path);
    return false;
}

void file_writer_write(FileWriter *writer, const void *bytes, size_t count) {
    errno = 0;
    if (!writer->failure && fwrite(bytes, 1, count, writer->file) != count)
        writer->failure = errno ? errno : EIO;
}

bool file_writer_finish(FileWriter *writer, bool keep, Error *error) {
    errno = 0;
    const bool lost = ferror(writer->file); /* fclose tries the rest again, and says why not */
    if ((fclose(writer->file) != 0 || lost) && !writer->failure)
        writer->failure = errno ? errno : EIO;
    let_signal_go(writer);
    bool good = !writer->failure;
    if (!good)
        error_set(error, "%s: cannot write: %s", writer->path, strerror(writer->failure));
    else if (keep && rename(writer->new_path, writer->path) != 0)
        good = error_set(error, "%s: cannot write: %s", writer->path, strerror(errno));
    if (!good || !keep) remove(writer->new_path);
    free(writer->path);
    free(writer->new_path);
    return good;
}
