/* provenance.c - writes and reads provenance, and looks for training images in an evaluation. */
#include "hadnet/training/provenance.h"

#include "data/split/split_list.h"
#include "tensor/memory.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_generated(const Dataset *dataset) {
    return dataset->count > 0 && dataset->samples[0].mask_kind == MASK_GENERATED;
}

Provenance provenance_of(const Dataset *dataset, SplitKind kind, uint64_t seed) {
    Provenance provenance = { .known = true,
                              .kind = kind,
                              .seed = seed,
                              .images = dataset->count,
                              .synth_images = is_generated(dataset) ? dataset->count : 0,
                              .digest = split_digest(dataset) };
    snprintf(provenance.layout, sizeof provenance.layout, "%s", dataset->layout);
    return provenance;
}

/* ---- In metadata ---- */

static void set_number(Metadata *metadata, const char *key, uint64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    metadata_set(metadata, key, text);
}

void provenance_write(const Provenance *provenance, Metadata *metadata) {
    char digest[32];
    if (!provenance->known) return;
    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)provenance->digest);
    metadata_set(metadata, "dataset", provenance->layout);
    metadata_set(metadata, "split", split_kind_name(provenance->kind));
    set_number(metadata, "seed", provenance->seed);
    set_number(metadata, "images", (uint64_t)provenance->images);
    set_number(metadata, "synth_images", (uint64_t)provenance->synth_images);
    metadata_set(metadata, "images_digest", digest);
}

typedef struct Source {
    const Metadata *metadata;
    const char *path;
    Error *error;
} Source;

static bool refuse(const Source *source, const char *key, const char *expected) {
    const char *text = metadata_get(source->metadata, key);
    return error_set(source->error, "%s: metadata '%s' is %s%.40s; expected %s", source->path, key,
                     text ? "" : "missing", text ? text : "", expected);
}

static bool get_number(const Source *source, const char *key, int *number) {
    const char *text = metadata_get(source->metadata, key);
    const size_t length = text ? strspn(text, "0123456789") : 0;
    if (length == 0 || length > 10 || text[length] || strtoll(text, NULL, 10) > INT_MAX)
        return refuse(source, key, "a whole number in 0..2147483647");
    *number = (int)strtoll(text, NULL, 10);
    return true;
}

static bool get_digest(const Source *source, const char *key, uint64_t *digest) {
    const char *text = metadata_get(source->metadata, key);
    const size_t length = text ? strspn(text, "0123456789abcdef") : 0;
    if (length != 16 || text[length]) return refuse(source, key, "16 hexadecimal digits");
    *digest = strtoull(text, NULL, 16);
    return true;
}

static bool get_layout(const Source *source, const char *key, char layout[32]) {
    const char *text = metadata_get(source->metadata, key);
    char known[256], expected[300];
    if (text && dataset_layout_exists(text)) {
        snprintf(layout, 32, "%s", text);
        return true;
    }
    snprintf(expected, sizeof expected, "one of %s", dataset_layouts(known, sizeof known));
    return refuse(source, key, expected);
}

bool provenance_read(const Metadata *metadata, const char *path, Provenance *provenance,
                     Error *error) {
    const Source source = { metadata, path, error };
    *provenance = (Provenance){ .known = false };
    const char *kind = metadata_get(metadata, "split");
    int seed;
    if (!kind) return true;
    if (!split_kind_of(kind, &provenance->kind, NULL))
        return refuse(&source, "split", "official, scene or file");
    if (!get_layout(&source, "dataset", provenance->layout) ||
        !get_number(&source, "seed", &seed) ||
        !get_number(&source, "images", &provenance->images) ||
        !get_number(&source, "synth_images", &provenance->synth_images) ||
        !get_digest(&source, "images_digest", &provenance->digest))
        return false;
    provenance->seed = (uint64_t)seed;
    provenance->known = true;
    return true;
}

/* ---- Overlap ---- */

/* The number of images that were trained on, under the dataset's present parts. */
static int count_trained(const Dataset *dataset, const int *evaluated, int count) {
    int trained = 0;
    for (int i = 0; i < count; i++) trained += dataset->samples[evaluated[i]].part == PART_TRAIN;
    return trained;
}

/* Split the dataset as training did; false where that is not known, or the images are others. */
static bool split_as_trained(const Provenance *trained, Dataset *dataset, const char *list) {
    const bool split = trained->kind == SPLIT_FILE
                           ? list && split_list_read(dataset, list, NULL)
                           : split_dataset(dataset, trained->kind, trained->seed, NULL);
    return split && split_digest(dataset) == trained->digest;
}

Overlap provenance_overlap(const Provenance *trained, Dataset *dataset, const char *list, Part part,
                           int limit, int *trained_on) {
    *trained_on = 0;
    if (!trained->known) return OVERLAP_UNKNOWN;
    if (split_digest(dataset) == trained->digest) return OVERLAP_NONE;
    /* Another seed generates other images. */
    if (is_generated(dataset) && dataset->options.synth_seed != trained->seed) return OVERLAP_NONE;
    int count, *evaluated = dataset_part(dataset, part, &count);
    Part *parts = memory_new((size_t)dataset->count, sizeof *parts);
    for (int i = 0; i < dataset->count; i++) parts[i] = dataset->samples[i].part;
    if (limit > 0 && limit < count) count = limit;
    const bool known = split_as_trained(trained, dataset, list);
    if (known) *trained_on = count_trained(dataset, evaluated, count);
    for (int i = 0; i < dataset->count; i++) dataset->samples[i].part = parts[i];
    free(parts);
    free(evaluated);
    return !known ? OVERLAP_UNKNOWN : *trained_on > 0 ? OVERLAP_SOME : OVERLAP_NONE;
}
