/* right_metadata.c - writes the metadata of a correct state. */
#include "tests/fuzz/right_metadata.h"

#include "hadnet/training/resume.h"
#include "nn/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* As a run writes them: a new value of the state belongs here too. */
static void save_and_read(const char *path, Metadata *metadata) {
    static char *const classes[] = { "background", "defect" };
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .classes = 2,
                                     .hyperbolic = true,
                                     .ard = ARD_RANK,
                                     .curvature = 0.01 };
    const TrainingState state = { .stage = 1, .best = -1 };
    ModelCard card = model_card_create(16, classes, 2);
    Error error = { "" };
    Network *network = network_create(&options, device_cpu(), &error);
    PROMISE(network && resume_save(path, network, &card, NULL, NULL, &state, &error), "%s", error.text);
    SafetensorsFile *file = safetensors_open(path, &error);
    PROMISE(file, "%s", error.text);
    *metadata = file->metadata;
    file->metadata = (Metadata){ 0 };
    safetensors_close(file);
    network_destroy(network);
    model_card_free(&card);
}

void right_metadata(Metadata *metadata) {
    static Metadata right;
    if (right.count == 0) {
        char path[] = "/tmp/fuzz_XXXXXX";
        const int descriptor = mkstemp(path);
        PROMISE(descriptor >= 0, "no file in /tmp");
        close(descriptor);
        save_and_read(path, &right);
        remove(path);
    }
    for (int i = 0; i < right.count; i++)
        metadata_set(metadata, right.pairs[i].key, right.pairs[i].value);
}
