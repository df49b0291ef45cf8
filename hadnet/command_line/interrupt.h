/* interrupt.h - a clean stop on Ctrl-C and other signals.
 *
 * After interrupt_install the first signal sets a flag, so that the program's loop can save and
 * stop at the next step. The second signal ends the program at once, as it would by default, but
 * first removes half-written files. The signals are SIGINT (Ctrl-C), SIGQUIT, SIGTERM, SIGHUP (the
 * terminal is gone) and SIGPIPE (nobody reads the output any more). The last two arrive more than
 * once, so they never count as the second signal; and if they were ignored, as under nohup, they
 * stay ignored.
 */
#ifndef HADNET_INTERRUPT_H
#define HADNET_INTERRUPT_H

#include <stdbool.h>

void interrupt_install(void);
bool interrupt_requested(void);

/* For tests: restore the default handling, and clear the flag. */
void interrupt_remove(void);

#endif
