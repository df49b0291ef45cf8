/* sibling_program.c - starts a program, passes signals on, and reads its exit status. */
#include "hadnet/ablation/sibling_program.h"

#include "hadnet/command_line/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { INTERRUPTED = 130, NOT_STARTED = 127, PAUSE = 20000000 /* nanoseconds */ };

/* FOLDER_OF_THIS_PROGRAM/name. */
static bool locate(const char *name, char path[PATH_MAX], Error *error) {
    const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length <= 0) return error_set(error, "/proc/self/exe: %s", strerror(errno));
    path[length] = '\0';
    char *end = strrchr(path, '/');
    if ((size_t)(end + 1 - path) + strlen(name) >= PATH_MAX)
        return error_set(error, "%s: the path is too long", path);
    strcpy(end + 1, name);
    return access(path, X_OK) == 0 ||
           error_set(error, "%s: cannot be run: %s", path, strerror(errno));
}

/* The command, so that the log shows how to repeat the run. */
static bool begin_log(const char *const *words, const char *log, Error *error) {
    FILE *file = fopen(log, "a");
    if (!file) return error_set(error, "%s: cannot write: %s", log, strerror(errno));
    for (int i = 0; words[i]; i++) fprintf(file, "%s%s", i ? " " : "$ ", words[i]);
    fputc('\n', file);
    return fclose(file) == 0 || error_set(error, "%s: cannot write: %s", log, strerror(errno));
}

/* In the new process. It is a process group of its own, so that Ctrl-C does not reach it a second
 * time; it is asked to stop if this one is killed. execv only reads its arguments. */
static void become(const char *path, const char *const *words, const char *log) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int output = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (output < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(NOT_STARTED);
    union {
        const char *const *from;
        char *const *to;
    } arguments = { words };
    execv(path, arguments.to);
    _exit(NOT_STARTED);
}

/* A request to stop is passed on once: a second signal would end the other program unsaved. */
static int wait_for(pid_t child) {
    const struct timespec pause = { .tv_nsec = PAUSE };
    int status = 0;
    bool passed = false;
    pid_t ended;
    while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
        if (interrupt_requested() && !passed) passed = kill(child, SIGTERM) == 0;
        nanosleep(&pause, NULL);
    }
    return ended == child ? status : -1;
}

ProgramEnd sibling_program(const char *const *words, const char *log, Error *error) {
    char path[PATH_MAX];
    if (!locate(words[0], path, error) || !begin_log(words, log, error)) return PROGRAM_FAILED;
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) return error_set(error, "%s: cannot be started: %s", path, strerror(errno));
    if (child == 0) become(path, words, log);
    const int status = wait_for(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return PROGRAM_DONE;
    if (interrupt_requested() || (WIFEXITED(status) && WEXITSTATUS(status) == INTERRUPTED))
        return PROGRAM_INTERRUPTED;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED)
        return error_set(error, "%s: cannot be started", path);
    if (WIFSIGNALED(status))
        return error_set(error, "%s was ended by signal %d; see %s", path, WTERMSIG(status), log);
    return PROGRAM_FAILED;
}
