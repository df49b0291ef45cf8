#include "hadnet/resume.h"

#include "nn/safetensors.h"
#include "nn/weights.h"
#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The network's parameters and the optimiser's moments as one set that owns neither. */
static ParameterSet join(const Network *network, const Optimiser *optimiser) {
    const ParameterSet *first = network->parameters;
    const ParameterSet *second = optimiser ? optimiser->state : NULL;
    ParameterSet joined = { .device = first->device,
                            .count = first->count + (second ? second->count : 0) };
    joined.items = memory_new((size_t)joined.count, sizeof *joined.items);
    memcpy(joined.items, first->items, (size_t)first->count * sizeof *first->items);
    if (second)
        memcpy(joined.items + first->count, second->items,
               (size_t)second->count * sizeof *second->items);
    return joined;
}

/* Doubles are written in hexadecimal: they read back bit for bit. */
static void set_number(Metadata *metadata, const char *key, double value) {
    char text[48];
    snprintf(text, sizeof text, "%a", value);
    metadata_set(metadata, key, text);
}

bool resume_save(const char *path, const Network *network, const ModelCard *card,
                 const Optimiser *optimiser, const TrainingState *state, Error *error) {
    Metadata metadata = { 0 };
    model_card_write(card, network, &metadata);
    set_number(&metadata, "resume.stage", state->stage);
    set_number(&metadata, "resume.epoch", state->epoch);
    set_number(&metadata, "resume.step", (double)state->step);
    set_number(&metadata, "resume.loss_sum", state->loss_sum);
    set_number(&metadata, "resume.seconds", state->seconds);
    set_number(&metadata, "resume.best", state->best);
    set_number(&metadata, "resume.best_epoch", state->best_epoch);
    set_number(&metadata, "resume.optimiser_step", optimiser ? (double)optimiser->step : 0);
    ParameterSet joined = join(network, optimiser);
    const bool saved = weights_save(&joined, path, &metadata, error);
    free(joined.items);
    metadata_release(&metadata);
    return saved;
}

static bool get_number(const Metadata *metadata, const char *path, const char *key, double high,
                       double *value, Error *error) {
    const char *text = metadata_get(metadata, key);
    char *end;
    if (text) *value = strtod(text, &end);
    if (text && end != text && !*end && *value >= -1 && *value <= high) return true;
    return error_set(error, "%s: metadata '%s' is %s%.40s; expected a number", path, key,
                     text ? "" : "missing", text ? text : "");
}

static bool read_state(const Metadata *metadata, const char *path, TrainingState *state,
                       Error *error) {
    double stage = 0, epoch = 0, step = 0, best_epoch = 0;
    if (!get_number(metadata, path, "resume.stage", 4, &stage, error) ||
        !get_number(metadata, path, "resume.epoch", 1e6, &epoch, error) ||
        !get_number(metadata, path, "resume.step", 1e12, &step, error) ||
        !get_number(metadata, path, "resume.loss_sum", 1e300, &state->loss_sum, error) ||
        !get_number(metadata, path, "resume.seconds", 1e12, &state->seconds, error) ||
        !get_number(metadata, path, "resume.best", 1, &state->best, error) ||
        !get_number(metadata, path, "resume.best_epoch", 1e7, &best_epoch, error))
        return false;
    state->stage = (int)stage;
    state->epoch = (int)epoch;
    state->step = (int64_t)step;
    state->best_epoch = (int)best_epoch;
    return true;
}

Network *resume_open(const char *path, const Device *device, ModelCard *card, TrainingState *state,
                     Error *error) {
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return NULL;
    Network *network = NULL;
    if (read_state(&file->metadata, path, state, error))
        network = model_card_read(&file->metadata, path, device, card, error);
    safetensors_close(file);
    return network;
}

bool resume_load(const char *path, Network *network, Optimiser *optimiser, Error *error) {
    Metadata metadata = { 0 };
    const WeightsOptions strict = { .partial = false };
    ParameterSet joined = join(network, optimiser);
    double step = 0;
    const bool loaded = weights_load(&joined, path, &strict, &metadata, NULL, error) &&
                        get_number(&metadata, path, "resume.optimiser_step", 1e15, &step, error);
    if (loaded && optimiser) optimiser->step = (int64_t)step;
    free(joined.items);
    metadata_release(&metadata);
    return loaded;
}
