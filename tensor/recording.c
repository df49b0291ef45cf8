/* recording.c - when to run, record or replay. */
#include "tensor/recording.h"

#include "tensor/tensor.h"

Recording recording_create(const Device *device) {
    return (Recording){ .device = device };
}

static void forget(Recording *recording) {
    if (recording->made) recording->device->forget(recording->made);
    recording->made = NULL;
}

void recording_destroy(Recording *recording) {
    forget(recording);
    *recording = (Recording){ 0 };
}

bool recording_run(Recording *recording, bool (*enqueue)(void *context, Error *error),
                   void *context, Error *error) {
    const Device *device = recording->device;
    const int64_t trims = memory_use(device).trims;
    if (recording->trims != trims ||
        (recording->made && memory_reused_since(device, recording->reuses))) {
        forget(recording);
        recording->runs = 0;
    }
    recording->trims = trims;
    if (!device->record || recording->runs++ == 0) return enqueue(context, error);
    if (!recording->made) {
        device->record();
        memory_record(device, true);
        const bool enqueued = enqueue(context, error);
        memory_record(device, false);
        recording->made = device->recorded();
        recording->reuses = memory_use(device).reuses;
        if (!enqueued) return forget(recording), false;
    }
    device->replay(recording->made);
    return true;
}
