/* program.c - starts a program safely, and reports how it ended. */
#include "hadnet/command_line/program.h"

#include "tensor/memory.h"
#include "tensor/unfinished_files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAILED = 2, INTERRUPTED = 130, STACK_BYTES = 1 << 20 };

/* The running program's name, for failures outside its own code: several threads may run out of
 * memory at once. */
static pthread_mutex_t last_word = PTHREAD_MUTEX_INITIALIZER;
static const char *program_name; /* NULL when no program is running */

/* This function and its callees allocate no memory. */
static void end_without_memory(const char *line) {
    pthread_mutex_lock(&last_word); /* never unlocked: only one thread prints */
    fflush(stdout);
    if (program_name) fprintf(stderr, "%s: %s\n", program_name, line);
    unfinished_files_remove();
    _exit(FAILED);
}

/* A runtime library that cannot continue (OpenMP's without memory or threads) prints a message and
 * calls exit with its own status. */
static void end_as_failed(void) {
    if (!program_name) return;
    unfinished_files_remove();
    _exit(FAILED);
}

/* Under a limit on address space, a stack that grows later would crash without a message. */
static void grow_stack(void) {
    volatile char stack[STACK_BYTES];
    for (size_t at = 0; at < sizeof stack; at += 4096) stack[at] = 0;
}

/* If standard input, output or error is closed, the next opened file would get its number, and
 * printed text would go into that file. The placeholder opened here cannot be written to, so output
 * that nobody receives is still an error. */
static void occupy_standard_descriptors(void) {
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != descriptor) return;
}

static void begin(const char *name) {
    occupy_standard_descriptors();
    program_name = name;
    memory_on_exhaustion(end_without_memory);
    atexit(end_as_failed);
    grow_stack();
    /* A write past the limit on file sizes then fails with an error, as on a full disk. */
    signal(SIGXFSZ, SIG_IGN);
}

/* Print the reason of the failure, unless another thread does. */
static void end(const char *failure) {
    pthread_mutex_lock(&last_word);
    if (failure) fprintf(stderr, "%s: %s\n", program_name, failure);
    program_name = NULL;
    pthread_mutex_unlock(&last_word);
}

/* Whether all printed text has reached standard output. On a full disk it has not, and lost results
 * are a failure. */
static bool standard_output_is_written(Error *error) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    return error_set(error, "standard output: cannot write: %s",
                     errno ? strerror(errno) : "an earlier write failed");
}

void program_warn(const char *line) {
    fprintf(stderr, "%s: %s\n", program_name ? program_name : "hadnet", line);
}

int program_run(Options *options, int argc, char **argv,
                ProgramEnd (*work)(void *context, Options *options, Error *error), void *context) {
    Error error = { "" };
    ProgramEnd reached = PROGRAM_FAILED;
    begin(options->program);
    switch (options_parse(options, argc, argv, &error)) {
    case OPTIONS_HELP:
        reached = PROGRAM_DONE;
        break;
    case OPTIONS_ERROR:
        break;
    case OPTIONS_READY:
        reached = work(context, options, &error);
        break;
    }
    if (reached == PROGRAM_DONE && !standard_output_is_written(&error)) reached = PROGRAM_FAILED;
    end(reached == PROGRAM_FAILED ? error.text : NULL);
    options_free(options);
    static const int exit_status[] = {
        [PROGRAM_DONE] = 0, [PROGRAM_FAILED] = FAILED, [PROGRAM_INTERRUPTED] = INTERRUPTED
    };
    return exit_status[reached];
}
