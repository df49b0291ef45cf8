#include "hadnet/interrupt.h"

#include <signal.h>
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

void interrupt_remove(void) {
    requested = 0;
    handle(SIGINT, SIG_DFL);
    handle(SIGTERM, SIG_DFL);
}
