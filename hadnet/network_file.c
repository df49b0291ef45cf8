#include "hadnet/network_file.h"

#include "nn/safetensors.h"
#include "nn/weights.h"

bool network_save(const Network *network, const ModelCard *card, const char *path, Error *error) {
    Metadata metadata = { 0 };
    model_card_write(card, network, &metadata);
    const bool saved = weights_save(network->parameters, path, &metadata, error);
    metadata_release(&metadata);
    return saved;
}

Network *network_open(const char *path, const Device *device, ModelCard *card, Error *error) {
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return NULL;
    Network *network = model_card_read(&file->metadata, path, device, card, error);
    safetensors_close(file);
    if (!network) return NULL;
    const WeightsOptions strict = { .partial = false };
    if (weights_load(network->parameters, path, &strict, NULL, NULL, error)) return network;
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
