/* fuzz_weights.c - weight files: opens one, reads every tensor, loads it into a parameter set. */
#include "nn/parameters.h"
#include "nn/safetensors.h"
#include "nn/weights.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void read_tensors(const char *path) {
    Error error = { "" };
    SafetensorsFile *file = safetensors_open(path, &error);
    fuzz_judge(file != NULL, &error);
    for (int i = 0; file && i < file->count; i++) {
        /* An empty tensor has elements of no bytes. */
        real *numbers = malloc((size_t)file->entries[i].elements * sizeof *numbers + 1);
        error.text[0] = '\0';
        if (numbers) fuzz_judge(safetensors_read(file, &file->entries[i], numbers, &error), &error);
        free(numbers);
    }
    safetensors_close(file);
}

static void load(const char *path, bool partial) {
    ParameterSet *set = parameter_set_create(device_cpu(), 0);
    const WeightsOptions options = { .partial = partial };
    Metadata metadata = { 0 };
    WeightsReport report = { 0 };
    Error error = { "" };
    parameter_add(set, "a.weight", PARAMETER_WEIGHT, shape_2(2, 3));
    parameter_add(set, "a.bias", PARAMETER_BIAS, shape_1(2));
    parameter_add(set, "conv.weight", PARAMETER_WEIGHT, shape_4(2, 1, 1, 3));
    const bool good = weights_load(set, path, &options, &metadata, &report, &error);
    fuzz_judge(good, &error);
    weights_report_release(&report);
    metadata_release(&metadata);
    parameter_set_destroy(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    const char *path = fuzz_file(bytes, count);
    read_tensors(path);
    load(path, false);
    load(path, true);
    return 0;
}
