/* network_file.c - saves, opens and loads weight files. */
#include "hadnet/model/network_file.h"

#include "nn/safetensors.h"
#include "nn/weights.h"

#include <stdlib.h>

/* A damaged number would spread over every image and look like background: no defect found. */
bool network_is_finite(const Network *network, const char *path, Error *error) {
    const ParameterSet *set = network->parameters;
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

bool network_save(const Network *network, const ModelCard *card, const char *path, Error *error) {
    Metadata metadata = { 0 };
    model_card_write(card, network, &metadata);
    const bool saved = network_is_finite(network, path, error) &&
                       weights_save(network->parameters, path, &metadata, error);
    metadata_release(&metadata);
    return saved;
}

Network *network_open(const char *path, const Device *device, ModelCard *card, Error *error) {
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return NULL;
    Network *network = model_card_read(&file->metadata, path, device, card, error);
    safetensors_close(file);
    if (!network) return NULL;
    if (weights_load(network->parameters, path, NULL, NULL, NULL, error) &&
        network_is_finite(network, path, error))
        return network;
    network_destroy(network);
    model_card_free(card);
    return NULL;
}

bool network_load_pretrained(Network *network, const char *path, bool partial, int *loaded,
                             Error *error) {
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return false;
    const bool own =
        metadata_get(&file->metadata, "format") && metadata_get(&file->metadata, "architecture");
    safetensors_close(file);
    /* Other programs' files contain more than a backbone, such as a classifier. */
    const WeightsOptions options = { .partial = partial,
                                     .extra = !own,
                                     .set_prefix = own ? "" : "backbone." };
    WeightsReport report = { 0 };
    Error cause = { "" };
    const bool good = weights_load(network->parameters, path, &options, NULL, &report, &cause);
    const bool some_do_not_fit = report.loaded > 0 && report.line_count > 0;
    *loaded = report.loaded;
    weights_report_release(&report);
    if (!good)
        return error_set(error, "%s%s", cause.text,
                         some_do_not_fit ? "; --pretrained-partial loads what fits" : "");
    if (*loaded == 0)
        return error_set(error, "%s: no tensor fits the %s backbone by name and shape", path,
                         network->options.architecture->name);
    return network_is_finite(network, path, error);
}
