/* interrupt.c - the signal handlers. */
#include "hadnet/command_line/interrupt.h"

#include "tensor/unfinished_files.h"

#include <signal.h>
#include <string.h>

/* Signals that report an event rather than a user's request. If such a signal is ignored, that is
 * on purpose; SIGINT and SIGQUIT may be ignored by accident, as a shell ignores them for a script's
 * background jobs. These signals also arrive more than once: SIGPIPE with every line, SIGHUP from
 * the terminal and from the shell. */
typedef struct Signal {
    int number;
    bool is_event;
} Signal;

static const Signal signals[] = {
    { SIGINT, false }, { SIGQUIT, false }, { SIGTERM, false }, { SIGHUP, true }, { SIGPIPE, true },
};
enum { SIGNALS = sizeof signals / sizeof *signals };

/* A signal handler can only use globals. asked: a signal other than these has arrived. */
static volatile sig_atomic_t requested, asked;

static void handle(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    /* Without SA_RESTART a write interrupted by the signal would look like a full disk. */
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static bool is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void note_event(int number) {
    (void)number;
    requested = 1;
}

static void remember(int number) {
    if (asked) {
        unfinished_files_remove();
        handle(number, SIG_DFL);
        raise(number); /* arrives when this handler returns */
    }
    requested = asked = 1;
}

void interrupt_install(void) {
    requested = asked = 0;
    for (int i = 0; i < SIGNALS; i++) {
        const Signal *signal = &signals[i];
        if (signal->is_event && is_ignored(signal->number)) continue;
        handle(signal->number, signal->is_event ? note_event : remember);
    }
}

bool interrupt_requested(void) {
    return requested != 0;
}

void interrupt_remove(void) {
    requested = asked = 0;
    for (int i = 0; i < SIGNALS; i++) handle(signals[i].number, SIG_DFL);
}
