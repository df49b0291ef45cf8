#include "hadnet/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Whether all that was printed has reached standard output; on a full disk it has not, and a result
 * that nobody gets is no success. */
static bool standard_output_is_written(Error *error) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    return error_set(error, "standard output: cannot write: %s",
                     errno ? strerror(errno) : "an earlier write failed");
}

int program_run(Options *options, int argc, char **argv,
                ProgramEnd (*work)(void *context, Options *options, Error *error), void *context) {
    Error error = { "" };
    ProgramEnd end = PROGRAM_FAILED;
    /* A write past the limit on file sizes then fails with an error, like one on a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    switch (options_parse(options, argc, argv, &error)) {
    case OPTIONS_HELP:
        end = PROGRAM_DONE;
        break;
    case OPTIONS_ERROR:
        break;
    case OPTIONS_READY:
        end = work(context, options, &error);
        break;
    }
    if (end == PROGRAM_DONE && !standard_output_is_written(&error)) end = PROGRAM_FAILED;
    if (end == PROGRAM_FAILED) fprintf(stderr, "%s: %s\n", options->program, error.text);
    options_free(options);
    static const int exit_status[] = {
        [PROGRAM_DONE] = 0, [PROGRAM_FAILED] = 2, [PROGRAM_INTERRUPTED] = 130
    };
    return exit_status[end];
}
