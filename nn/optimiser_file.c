/* optimiser_file.c - the state of an optimiser as a weight file: moments as tensors, and the number
 * of steps in the metadata, where no number format can round it. */
#include "nn/optimiser.h"

#include "nn/safetensors.h"
#include "nn/weights.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char step_key[] = "optimiser_step";

bool optimiser_save(const Optimiser *optimiser, const char *path, Error *error) {
    Metadata metadata = { 0 };
    char digits[32];
    snprintf(digits, sizeof digits, "%lld", (long long)optimiser->step);
    metadata_set(&metadata, step_key, digits);
    const bool good = weights_save(optimiser->state, path, &metadata, error);
    metadata_release(&metadata);
    return good;
}

static bool read_step(const char *path, int64_t *step, Error *error) {
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return false;
    const char *digits = metadata_get(&file->metadata, step_key);
    char *end = NULL;
    errno = 0;
    *step = digits ? strtoll(digits, &end, 10) : 0;
    const bool good = digits && end != digits && !*end && !errno && *step >= 0;
    if (!good)
        error_set(error, "%s: metadata '%s' is %s; expected a number of steps", path, step_key,
                  digits ? digits : "missing");
    safetensors_close(file);
    return good;
}

bool optimiser_load(Optimiser *optimiser, const char *path, Error *error) {
    const WeightsOptions strict = { 0 };
    int64_t step;
    if (!read_step(path, &step, error) ||
        !weights_load(optimiser->state, path, &strict, NULL, NULL, error))
        return false;
    optimiser->step = step;
    return true;
}
