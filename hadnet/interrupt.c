#include "hadnet/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A signal handler can reach nothing but a global. */
static volatile sig_atomic_t requested;

static void handle(int signal_number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    /* A write that is cut short by the signal would be taken for a full disk. */
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

static void remember(int signal_number) {
    (void)signal_number;
    requested = 1;
    handle(SIGINT, SIG_DFL);
    handle(SIGTERM, SIG_DFL);
}

void interrupt_install(void) {
    requested = 0;
    handle(SIGINT, remember);
    handle(SIGTERM, remember);
}

bool interrupt_requested(void) {
    return requested != 0;
}

void file_limit_is_an_error(void) {
    handle(SIGXFSZ, SIG_IGN);
}

bool standard_output_is_written(Error *error) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    return error_set(error, "standard output: cannot write: %s",
                     errno ? strerror(errno) : "an earlier write failed");
}

void interrupt_remove(void) {
    requested = 0;
    handle(SIGINT, SIG_DFL);
    handle(SIGTERM, SIG_DFL);
}
