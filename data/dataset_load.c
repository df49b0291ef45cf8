/* dataset_load.c - loads one sample: its image, and its mask as labels. */
#include "data/dataset.h"
#include "data/labels/mask_values.h"
#include "data/survey.h"
#include "data/synth/synth.h"

#include <stdio.h>
#include <string.h>

/* The label that a value of the sample's mask means; false where it means none. */
static bool label_of(const Dataset *dataset, const Sample *sample, uint8_t *value) {
    const LabelRule *rule = &dataset->rule;
    if (sample->mask_kind == MASK_THRESHOLD) {
        *value = *value >= rule->threshold ? (uint8_t)sample->label : 0;
        return true;
    }
    if (!rule->is_known[*value]) return false;
    *value = rule->label_of[*value];
    return true;
}

static bool read_labels(const Dataset *dataset, const Sample *sample, Image *labels, Error *error) {
    if (!mask_values_read(dataset, sample, labels, error)) return false;
    if (labels->width != sample->width || labels->height != sample->height)
        return error_set(error, "%s: mask of %d x %d pixels; its image has %d x %d", sample->mask,
                         labels->width, labels->height, sample->width, sample->height);
    const size_t width = (size_t)labels->width;
    for (size_t i = 0; i < image_bytes(labels); i++) {
        if (label_of(dataset, sample, &labels->pixels[i])) continue;
        char where[64];
        snprintf(where, sizeof where, " at x %zu, y %zu", i % width, i / width);
        return mask_values_refuse(dataset, sample, labels->pixels[i], where, error);
    }
    return true;
}

static const Sample *sample_at(const Dataset *dataset, int index) {
    PROMISE(index >= 0 && index < dataset->count, "sample %d of %d", index, dataset->count);
    return &dataset->samples[index];
}

bool dataset_load_labels(const Dataset *dataset, int index, Image *labels, Error *error) {
    const Sample *sample = sample_at(dataset, index);
    *labels = (Image){ 0 };
    if (sample->mask_kind == MASK_GENERATED) {
        synth_labels(dataset->options.synth_seed, (uint64_t)sample->scene, sample->width, labels);
        return true;
    }
    if (sample->mask_kind == MASK_BACKGROUND)
        return image_allocate(labels, sample->width, sample->height, 1, sample->image, error);
    if (read_labels(dataset, sample, labels, error)) return true;
    image_free(labels);
    return false;
}

bool dataset_load(const Dataset *dataset, int index, Image *image, Image *labels, Error *error) {
    const Sample *sample = sample_at(dataset, index);
    *image = *labels = (Image){ 0 };
    if (sample->mask_kind == MASK_GENERATED) {
        synth_make(dataset->options.synth_seed, (uint64_t)sample->scene, sample->width, image,
                   labels);
        return true;
    }
    if (!image_read(sample->image, 3, image, error)) return false;
    if (image->width != sample->width || image->height != sample->height)
        error_set(error, "%s: now %d x %d pixels; it had %d x %d", sample->image, image->width,
                  image->height, sample->width, sample->height);
    else if (dataset_load_labels(dataset, index, labels, error))
        return true;
    image_free(image);
    return false;
}

void dataset_count_labels(const Dataset *dataset, int index, int64_t counts[LABEL_IGNORE + 1]) {
    const Sample *sample = sample_at(dataset, index);
    memset(counts, 0, (LABEL_IGNORE + 1) * sizeof *counts);
    if (sample->mask_kind == MASK_BACKGROUND) counts[0] = (int64_t)sample->width * sample->height;
    if (sample->mask_kind == MASK_GENERATED) {
        Image labels;
        synth_labels(dataset->options.synth_seed, (uint64_t)sample->scene, sample->width, &labels);
        mask_values_count(&labels, counts);
        image_free(&labels);
    }
    for (int i = 0; sample->survey && i < sample->survey->value_count; i++) {
        uint8_t label = (uint8_t)sample->survey->values[i].value;
        if (label_of(dataset, sample, &label)) counts[label] += sample->survey->values[i].pixels;
    }
}
