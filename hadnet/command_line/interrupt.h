/* interrupt.h - Ctrl-C as a request.
 *
 * After interrupt_install the first signal that asks the program to end is remembered, for the
 * program's loop to save and stop at the next step; the second ends it at once, as it would by
 * default, but removes the files that are only half written. The signals are SIGINT (Ctrl-C),
 * SIGQUIT, SIGTERM, SIGHUP (the terminal is gone) and SIGPIPE (nobody reads the output any more).
 * The last two come more than once, so they never are the second signal; and they stay ignored
 * where they were, as under nohup.
 */
#ifndef HADNET_INTERRUPT_H
#define HADNET_INTERRUPT_H

#include <stdbool.h>

void interrupt_install(void);
bool interrupt_requested(void);

/* For tests: back to the default handling, and forget the request. */
void interrupt_remove(void);

#endif
