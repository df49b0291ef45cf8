/* recording.c - the same work over and over, at the cost of one call. */
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

bool recording_run(Recording *recording, bool (*give)(void *context, Error *error), void *context,
                   Error *error) {
    const Device *device = recording->device;
    const int64_t trims = memory_use(device).trims;
    if (recording->trims != trims ||
        (recording->made && memory_lent_since(device, recording->loans))) {
        forget(recording);
        recording->runs = 0;
    }
    recording->trims = trims;
    if (!device->record || recording->runs++ == 0) return give(context, error);
    if (!recording->made) {
        device->record();
        memory_record(device, true);
        const bool given = give(context, error);
        memory_record(device, false);
        recording->made = device->recorded();
        recording->loans = memory_use(device).loans;
        if (!given) return forget(recording), false;
    }
    device->replay(recording->made);
    return true;
}
