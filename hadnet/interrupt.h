/* interrupt.h - Ctrl-C as a request.
 *
 * After interrupt_install the first SIGINT or SIGTERM is remembered, for the training loop to
 * save and stop at the next step; the second ends the program at once, as it would by default.
 */
#ifndef HADNET_INTERRUPT_H
#define HADNET_INTERRUPT_H

#include "tensor/error.h"

void interrupt_install(void);
bool interrupt_requested(void);

/* A write past the limit on file sizes then fails with an error, like one on a full disk, where the
 * signal SIGXFSZ would end the program. Every main calls it first. */
void file_limit_is_an_error(void);

/* Whether all that was printed has reached standard output; on a full disk it has not, and a result
 * that nobody gets is no success. Every main calls it last. */
bool standard_output_is_written(Error *error);

/* Back to the default handling, and forget the request. */
void interrupt_remove(void);

#endif
