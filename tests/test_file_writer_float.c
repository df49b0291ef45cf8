/* Files are written whole or not at all: two writers at once, existing names, the order of disk
 * operations, and signals. */
#include "hadnet/command_line/interrupt.h"
#include "tensor/file_writer.h"
#include "tests/leftovers.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Disk operations, recorded: f a file, d a folder, r a rename ---- */

static char asked[16];
static int disk_fails; /* the errno of fsync; 0: it works */

static void note(char what) {
    const size_t length = strlen(asked);
    if (length + 1 < sizeof asked) asked[length] = what;
}

/* These replace the C library's functions in the whole test program. */
int fsync(int descriptor) {
    struct stat status;
    note(fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode) ? 'd' : 'f');
    if (!disk_fails) return (int)syscall(SYS_fsync, descriptor);
    errno = disk_fails;
    return -1;
}

int rename(const char *from, const char *to) {
    note('r');
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static bool write_text(const char *path, const char *text, bool durable, Error *error) {
    FileWriter writer;
    memset(asked, 0, sizeof asked);
    if (!file_writer_open(&writer, path, error)) return false;
    writer.durable = durable;
    fputs(text, writer.file);
    return file_writer_finish(&writer, true, error);
}

static bool holds(const char *path, const char *text) {
    char found[64] = "";
    FILE *file = fopen(path, "r");
    if (!file) return false;
    const size_t length = fread(found, 1, sizeof found - 1, file);
    fclose(file);
    return length == strlen(text) && !memcmp(found, text, length);
}

static const char *path_in_new_folder(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    return path;
}

TEST(file_writer_durable_file_reaches_the_disk_before_its_name) {
    const char *path = path_in_new_folder("w");
    CHECK(write_text(path, "one", false, NULL) && !strcmp(asked, "r"));
    CHECK(write_text(path, "two", true, NULL) && !strcmp(asked, "frd"));
    CHECK(holds(path, "two"));
}

TEST(file_writer_disk_that_fails_keeps_the_old_file) {
    const char *path = path_in_new_folder("w");
    Error error = { "" };
    CHECK(write_text(path, "old", true, NULL));
    disk_fails = EIO;
    CHECK(!write_text(path, "new", true, &error) && !strcmp(asked, "f"));
    CHECK(strstr(error.text, "w: cannot write: Input/output error"));
    disk_fails = EINVAL; /* the file system knows no such promise */
    CHECK(holds(path, "old") && leftovers_beside(path) == 0);
    CHECK(write_text(path, "new", true, NULL) && holds(path, "new"));
    disk_fails = 0;
}

TEST(file_writer_relative_path_and_long_name) {
    char name[256], here[4096];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *path = path_in_new_folder(name);
    CHECK(write_text(path, "long", true, NULL) && holds(path, "long"));
    CHECK(getcwd(here, sizeof here) && chdir(test_folder()) == 0);
    CHECK(write_text("short", "short", true, NULL) && !strcmp(asked, "frd"));
    CHECK(holds("short", "short") && leftovers_beside("./short") == 0);
    CHECK(chdir(here) == 0);
}

TEST(file_writer_two_at_once_share_nothing) {
    const char *path = path_in_new_folder("w");
    FileWriter first, second;
    CHECK(file_writer_open(&first, path, NULL) && file_writer_open(&second, path, NULL));
    CHECK(leftovers_beside(path) == 2);
    fputs("the first", first.file);
    fputs("the second", second.file);
    CHECK(file_writer_finish(&first, true, NULL) && holds(path, "the first"));
    CHECK(file_writer_finish(&second, true, NULL) && holds(path, "the second"));
    CHECK(leftovers_beside(path) == 0);
}

TEST(file_writer_follows_no_link_that_lies_in_the_way) {
    char link[600], theirs[600];
    const char *path = path_in_new_folder("w");
    snprintf(theirs, sizeof theirs, "%s.theirs", path);
    snprintf(link, sizeof link, "%s.%ld-1.new", path, (long)getpid());
    CHECK(write_text(theirs, "theirs", false, NULL) && symlink(theirs, link) == 0);
    CHECK(write_text(path, "ours", false, NULL) && holds(path, "ours") && holds(theirs, "theirs"));
}

/* ---- Signals, each in a process of its own ---- */

/* How a child that calls run(path) ends: its exit status, or minus the number of its signal. */
static int in_child(void (*run)(const char *path), const char *path) {
    int status = 0;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        static const int events[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM };
        for (size_t i = 0; i < sizeof events / sizeof *events; i++)
            signal(events[i], SIG_DFL); /* in the background a shell has some ignored */
        run(path);
        _exit(99);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void die_while_writing(const char *path) {
    FileWriter writer;
    interrupt_install();
    file_writer_open(&writer, path, NULL);
    if (leftovers_beside(path) != 1) _exit(1);
    raise(SIGINT);
    if (!interrupt_requested()) _exit(2);
    raise(SIGINT);
}

TEST(interrupt_second_signal_removes_what_is_half_written) {
    const char *path = path_in_new_folder("w");
    CHECK(write_text(path, "old", false, NULL));
    CHECK(in_child(die_while_writing, path) == -SIGINT);
    CHECK(leftovers_beside(path) == 0 && holds(path, "old"));
}

/* Every signal is remembered; those that come of themselves are never the second. */
static void take_events(const char *path) {
    (void)path;
    interrupt_install();
    if (interrupt_requested()) _exit(1);
    raise(SIGHUP);
    if (!interrupt_requested()) _exit(2);
    raise(SIGHUP);
    raise(SIGPIPE);
    raise(SIGPIPE);
    interrupt_install();
    raise(SIGPIPE);
    if (!interrupt_requested()) _exit(3);
    raise(SIGTERM); /* the first that somebody sent */
    raise(SIGHUP);
    raise(SIGQUIT);
}

TEST(interrupt_events_count_once) {
    CHECK(in_child(take_events, NULL) == -SIGQUIT);
}

static void ignore_events(const char *path) {
    (void)path;
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    interrupt_install();
    raise(SIGHUP);
    raise(SIGPIPE);
    if (interrupt_requested()) _exit(1);
    raise(SIGINT);
    if (!interrupt_requested()) _exit(2);
    _exit(0);
}

TEST(interrupt_leaves_ignored_what_nohup_ignores) {
    CHECK(in_child(ignore_events, NULL) == 0);
}
