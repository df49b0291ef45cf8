/* resume.c - writes and reads resume.safetensors. */
#include "hadnet/training/resume.h"

#include "hadnet/model/metadata_numbers.h"
#include "hadnet/model/network_file.h"
#include "nn/safetensors.h"
#include "nn/weights.h"
#include "tensor/memory.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_items(ParameterSet *joined, const ParameterSet *set) {
    if (!set) return;
    const size_t count = (size_t)joined->count + (size_t)set->count;
    joined->items = memory_resize(joined->items, count, sizeof *joined->items);
    memcpy(joined->items + joined->count, set->items, (size_t)set->count * sizeof *set->items);
    joined->count = (int)count;
}

/* The network's parameters, the optimiser's moments and the averages as one set that owns
 * nothing. */
static ParameterSet join(const Network *network, const Optimiser *optimiser,
                         const WeightAverage *average) {
    ParameterSet joined = { .device = network->parameters->device };
    add_items(&joined, network->parameters);
    add_items(&joined, optimiser ? optimiser->state : NULL);
    add_items(&joined, average ? average->state : NULL);
    return joined;
}

/* ---- The numbers ---- */

typedef enum StateKey {
    STAGE,
    EPOCH,
    STEP,
    STEPS,
    LOSS_SUM,
    TERM_SUM, /* LOSS_TERMS_MAX of them */
    AFTER_TERM_SUMS = TERM_SUM + LOSS_TERMS_MAX - 1,
    SECONDS,
    BEST,
    BEST_EPOCH,
    OPTIMISER_STEP,
    STATE_KEYS
} StateKey;

/* The range of each: the file may be hostile, and the numbers become indices and loop ends. */
static const struct {
    const char *key;
    NumberRange range;
} state_numbers[STATE_KEYS] = {
    [STAGE] = { "resume.stage", { NUMBER_WHOLE, 1, STAGE_FINISHED } },
    [EPOCH] = { "resume.epoch", { NUMBER_WHOLE, 0, 1e6 } },
    [STEP] = { "resume.step", { NUMBER_WHOLE, 0, INT_MAX } },
    [STEPS] = { "resume.steps", { NUMBER_WHOLE, 0, INT_MAX } },
    [LOSS_SUM] = { "resume.loss_sum", { NUMBER_REAL, -1e300, 1e300 } },
    [TERM_SUM + 0] = { "resume.term_sum.0", { NUMBER_REAL, -1e300, 1e300 } },
    [TERM_SUM + 1] = { "resume.term_sum.1", { NUMBER_REAL, -1e300, 1e300 } },
    [TERM_SUM + 2] = { "resume.term_sum.2", { NUMBER_REAL, -1e300, 1e300 } },
    [TERM_SUM + 3] = { "resume.term_sum.3", { NUMBER_REAL, -1e300, 1e300 } },
    [TERM_SUM + 4] = { "resume.term_sum.4", { NUMBER_REAL, -1e300, 1e300 } },
    [TERM_SUM + 5] = { "resume.term_sum.5", { NUMBER_REAL, -1e300, 1e300 } },
    [TERM_SUM + 6] = { "resume.term_sum.6", { NUMBER_REAL, -1e300, 1e300 } },
    [TERM_SUM + 7] = { "resume.term_sum.7", { NUMBER_REAL, -1e300, 1e300 } },
    [SECONDS] = { "resume.seconds", { NUMBER_REAL, 0, 1e12 } },
    [BEST] = { "resume.best", { NUMBER_REAL, -1, 1 } },
    [BEST_EPOCH] = { "resume.best_epoch", { NUMBER_WHOLE, 0, 2e6 } },
    [OPTIMISER_STEP] = { "resume.optimiser_step", { NUMBER_WHOLE, 0, 1e12 } },
};

/* Doubles are written in hexadecimal, so they read back bit for bit. A state that could not be read
 * back is not written. */
static bool set_numbers(Metadata *metadata, const char *path, const double values[STATE_KEYS],
                        Error *error) {
    for (int key = 0; key < STATE_KEYS; key++) {
        char text[48];
        snprintf(text, sizeof text, "%a", values[key]);
        if (!number_fits(&state_numbers[key].range, values[key]))
            return error_set(error, "%s: not written: %s is %g", path, state_numbers[key].key,
                             values[key]);
        metadata_set(metadata, state_numbers[key].key, text);
    }
    return true;
}

static bool get_number(const Metadata *metadata, const char *path, StateKey key, double *value,
                       Error *error) {
    return metadata_numbers(metadata, path, state_numbers[key].key, &state_numbers[key].range, 1,
                            value, error);
}

/* ---- Saving ---- */

bool resume_save(const char *path, const Network *network, const ModelCard *card,
                 const Optimiser *optimiser, const WeightAverage *average,
                 const TrainingState *state, Error *error) {
    double values[STATE_KEYS] = {
        [STAGE] = state->stage,
        [EPOCH] = state->epoch,
        [STEP] = (double)state->step,
        [STEPS] = (double)state->steps,
        [LOSS_SUM] = state->loss_sum,
        [SECONDS] = state->seconds,
        [BEST] = state->best,
        [BEST_EPOCH] = state->best_epoch,
        [OPTIMISER_STEP] = optimiser ? (double)optimiser->step : 0,
    };
    for (int i = 0; i < LOSS_TERMS_MAX; i++) values[TERM_SUM + i] = state->term_sums[i];
    Metadata metadata = { 0 };
    model_card_write(card, network, &metadata);
    ParameterSet joined = join(network, optimiser, average);
    const bool saved = network_is_finite(network, path, error) &&
                       set_numbers(&metadata, path, values, error) &&
                       weights_save(&joined, path, &metadata, error);
    free(joined.items);
    metadata_release(&metadata);
    return saved;
}

uint64_t resume_bytes_of_run(Network *network, bool averaged) {
    const ParameterSet *set = network->parameters;
    int64_t all = 0, most_trained = 0;
    for (int i = 0; i < set->count; i++) all += shape_elements(&set->items[i]->value.shape);
    for (int stage = 1; stage <= 3; stage += 2) {
        int64_t trained = 0;
        network_set_stage(network, stage);
        for (int i = 0; i < set->count; i++)
            if (parameter_is_trained(set->items[i]))
                trained += shape_elements(&set->items[i]->value.shape);
        if (trained > most_trained) most_trained = trained;
    }
    const int64_t moments = 2 * most_trained; /* Adam has two */
    const int64_t state = all + moments + (averaged ? all : 0);
    return (uint64_t)(2 * all + 2 * state) * sizeof(real);
}

/* ---- Resuming ---- */

static bool read_state(const Metadata *metadata, const char *path, TrainingState *state,
                       Error *error) {
    double values[STATE_KEYS];
    for (int key = 0; key < STATE_KEYS; key++)
        if (!get_number(metadata, path, key, &values[key], error)) return false;
    *state = (TrainingState){ .stage = (int)values[STAGE],
                              .epoch = (int)values[EPOCH],
                              .step = (int64_t)values[STEP],
                              .steps = (int64_t)values[STEPS],
                              .loss_sum = values[LOSS_SUM],
                              .seconds = values[SECONDS],
                              .best = values[BEST],
                              .best_epoch = (int)values[BEST_EPOCH] };
    for (int i = 0; i < LOSS_TERMS_MAX; i++) state->term_sums[i] = values[TERM_SUM + i];
    const bool trains = state->stage == 1 || state->stage == 3;
    if (trains || (state->epoch == 0 && state->step == 0)) return true;
    return error_set(error, "%s: epoch %d, step %lld of stage %d, which has no epochs", path,
                     state->epoch, (long long)state->step, state->stage);
}

bool resume_fits(const char *path, const TrainingState *state, int epochs, int64_t steps,
                 Error *error) {
    if (state->epoch > epochs)
        return error_set(error, "%s: saved after %d epochs of stage %d; settings.txt has %d", path,
                         state->epoch, state->stage, epochs);
    if (state->steps && state->steps != steps)
        return error_set(error,
                         "%s: saved in a run of %lld steps per epoch; the data and the batch in "
                         "settings.txt now make %lld",
                         path, (long long)state->steps, (long long)steps);
    return state->step <= steps ||
           error_set(error,
                     "%s: saved at step %lld of an epoch; the data and the batch in settings.txt "
                     "make %lld",
                     path, (long long)state->step, (long long)steps);
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

bool resume_load(const char *path, Network *network, Optimiser *optimiser, WeightAverage *average,
                 Error *error) {
    Metadata metadata = { 0 };
    const WeightsOptions strict = { .partial = false };
    ParameterSet joined = join(network, optimiser, average);
    double step = 0;
    const bool loaded = weights_load(&joined, path, &strict, &metadata, NULL, error) &&
                        get_number(&metadata, path, OPTIMISER_STEP, &step, error) &&
                        network_is_finite(network, path, error);
    if (loaded && optimiser) optimiser->step = (int64_t)step;
    free(joined.items);
    metadata_release(&metadata);
    return loaded;
}
