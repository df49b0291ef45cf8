/* recording.h - the same work over and over, at the cost of one call.
 *
 *     Recording recording = recording_create(device);
 *     while (...)
 *         if (!recording_run(&recording, give_one_step, &trainer, &error)) ...
 *     recording_destroy(&recording);
 *
 * A training step gives a GPU a thousand small pieces of work, and giving each costs time. The
 * first run does the work as it is, so that all memory has been asked for; the second is recorded;
 * from then on runs replay the recording. Whatever differs between runs must therefore lie in
 * memory of the device that is written before the run (inputs, a step's settings); and the function
 * must give the device work only, never wait for it, upload or download.
 *
 * When memory has been given back to the device meanwhile (memory_trim), addresses in the recording
 * may have died, and it is made anew; so it is when a tensor that was made since lies where the
 * recording works, which between runs is memory like any other. On a device that cannot record,
 * every run does the work.
 */
#ifndef TENSOR_RECORDING_H
#define TENSOR_RECORDING_H

#include "tensor/device.h"
#include "tensor/public.h"

PUBLIC_BEGIN

typedef struct Recording {
    const Device *device;
    int64_t runs;
    int64_t trims; /* memory_use(device).trims when it was made */
    int64_t loans; /* memory_use(device).loans, as well */
    void *made;    /* by the device; NULL: none yet */
} Recording;

Recording recording_create(const Device *device);
void recording_destroy(Recording *recording);

/* Do, record or replay give(context). false: the error of give, which must then have done nothing
 * that a later run relies on. */
bool recording_run(Recording *recording, bool (*give)(void *context, Error *error), void *context,
                   Error *error);

PUBLIC_END

#endif
