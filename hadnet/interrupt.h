/* interrupt.h - Ctrl-C as a request.
 *
 * After interrupt_install the first SIGINT or SIGTERM is remembered, for the training loop to
 * save and stop at the next step; the second ends the program at once, as it would by default.
 */
#ifndef HADNET_INTERRUPT_H
#define HADNET_INTERRUPT_H

#include <stdbool.h>

void interrupt_install(void);
bool interrupt_requested(void);

/* Back to the default handling, and forget the request. */
void interrupt_remove(void);

#endif
