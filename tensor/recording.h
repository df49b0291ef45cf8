/* recording.h - record a sequence of device work once and replay it with one call.
 *
 *     Recording recording = recording_create(device);
 *     while (...)
 *         if (!recording_run(&recording, enqueue_step, &trainer, &error)) ...
 *     recording_destroy(&recording);
 *
 * A training step enqueues a thousand small kernels, and each launch costs time. The first run
 * enqueues the work directly, which allocates all memory. The second run is recorded, and later
 * runs replay the recording. So whatever differs between runs (inputs, a step's settings) must be
 * written to device memory before the run, and the callback may only enqueue work: it must not
 * wait, upload or download.
 *
 * The work is recorded again when addresses in the recording may be invalid (after memory_trim),
 * and when a tensor created since occupies memory that the recording writes to. On a device that
 * cannot record, every run enqueues the work.
 */
#ifndef TENSOR_RECORDING_H
#define TENSOR_RECORDING_H

#include "tensor/device.h"
#include "tensor/public.h"

PUBLIC_BEGIN

typedef struct Recording {
    const Device *device;
    int64_t runs;
    int64_t trims;  /* memory_use(device).trims at the time of recording */
    int64_t reuses; /* memory_use(device).reuses at the time of recording */
    void *made;     /* the device's handle; NULL: none yet */
} Recording;

Recording recording_create(const Device *device);
void recording_destroy(Recording *recording);

/* Runs, records or replays enqueue(context). false: enqueue failed with this error; it must then
 * have done nothing that a later run relies on. */
bool recording_run(Recording *recording, bool (*enqueue)(void *context, Error *error),
                   void *context, Error *error);

PUBLIC_END

#endif
