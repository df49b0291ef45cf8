#include "hadnet/network_file.h"

#include "nn/safetensors.h"
#include "nn/weights.h"

#include <stdlib.h>

bool network_save(const Network *network, const ModelCard *card, const char *path, Error *error) {
    Metadata metadata = { 0 };
    model_card_write(card, network, &metadata);
    const bool saved = weights_save(network->parameters, path, &metadata, error);
    metadata_release(&metadata);
    return saved;
}

/* A damaged number would spread over every image and pass for background: no defect found. */
static bool weights_are_finite(const ParameterSet *set, const char *path, Error *error) {
    bool good = true;
    for (int i = 0; good && i < set->count; i++) {
        const Parameter *parameter = set->items[i];
        const int64_t count = shape_elements(&parameter->value.shape);
        real *values = malloc((size_t)count * sizeof *values);
        if (!values)
            return error_no_memory(error, "%s: '%s' of %lld numbers", path, parameter->name,
                                   (long long)count);
        tensor_download(&parameter->value, values);
        for (int64_t at = 0; good && at < count; at++)
            if (!isfinite(values[at]))
                good =
                    error_set(error, "%s: '%s' holds %g at element %lld; expected finite numbers",
                              path, parameter->name, (double)values[at], (long long)at);
        free(values);
    }
    return good;
}

Network *network_open(const char *path, const Device *device, ModelCard *card, Error *error) {
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return NULL;
    Network *network = model_card_read(&file->metadata, path, device, card, error);
    safetensors_close(file);
    if (!network) return NULL;
    const WeightsOptions strict = { .partial = false };
    if (weights_load(network->parameters, path, &strict, NULL, NULL, error) &&
        weights_are_finite(network->parameters, path, error))
        return network;
    network_destroy(network);
    model_card_free(card);
    return NULL;
}

bool network_load_pretrained(Network *network, const char *path, int *loaded, Error *error) {
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return false;
    const bool own =
        metadata_get(&file->metadata, "format") && metadata_get(&file->metadata, "architecture");
    safetensors_close(file);
    const WeightsOptions partial = { .partial = true, .set_prefix = own ? "" : "backbone." };
    WeightsReport report = { 0 };
    const bool good = weights_load(network->parameters, path, &partial, NULL, &report, error);
    *loaded = report.loaded;
    weights_report_release(&report);
    if (!good) return false;
    return *loaded > 0 || error_set(error, "%s: no tensor fits the %s backbone by name and shape",
                                    path, network->options.architecture->name);
}
