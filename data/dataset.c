/* dataset.c - a list of pictures with their masks and classes, whatever the layout on disk. */
#include "data/dataset.h"

#include "data/allocate.h"
#include "data/files.h"
#include "data/labels/labels.h"
#include "data/labels/mask_values.h"
#include "data/survey.h"
#include "data/synth/synth.h"

#include <stdio.h>

static const Layout *const layouts[] = { &layout_neu_seg, &layout_mt_defect, &layout_fssd_12,
                                         &layout_ucf_el,  &layout_folder,    &layout_synth };
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

const char *dataset_layouts(char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < LAYOUTS && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", layouts[i]->name);
    return text;
}

static const Layout *layout_of(const char *name) {
    for (int i = 0; i < LAYOUTS; i++)
        if (!strcmp(layouts[i]->name, name)) return layouts[i];
    return NULL;
}

bool dataset_layout_exists(const char *name) {
    return layout_of(name) != NULL;
}

const char *dataset_part_name(Part part) {
    static const char *const names[PARTS] = { "train", "val", "test" };
    return names[part];
}

static void sample_free(Sample *sample) {
    free(sample->name);
    free(sample->image);
    free(sample->mask);
    survey_free(sample->survey);
}

void dataset_free(Dataset *dataset) {
    if (!dataset) return;
    for (int i = 0; i < dataset->count; i++) sample_free(&dataset->samples[i]);
    for (int i = 0; i < dataset->class_count; i++) free(dataset->classes[i]);
    free(dataset->samples);
    free(dataset->folder);
    problems_end(&dataset->problems);
    free(dataset);
}

/* Drop the samples that a check has given width 0. */
static void drop_bad_samples(Dataset *dataset) {
    int kept = 0;
    for (int i = 0; i < dataset->count; i++)
        if (dataset->samples[i].width > 0)
            dataset->samples[kept++] = dataset->samples[i];
        else
            sample_free(&dataset->samples[i]);
    dataset->count = kept;
}

/* No problems, or problems that may be skipped and that leave something. */
static bool is_usable(Dataset *dataset, const Layout *layout, Error *error) {
    Problems *problems = &dataset->problems;
    if (dataset->refuse && problems->count > 0)
        return problems_fail(problems, dataset->folder, error);
    if (dataset->count > 0) return true;
    if (problems->count == 0)
        return error_set(error, "%s: no images; %s expects %s", dataset->folder, layout->name,
                         layout->expected);
    Error found;
    problems_fail(problems, dataset->folder, &found);
    return error_set(error, "%s: no usable images; %s expects %s; %s", dataset->folder,
                     layout->name, layout->expected, found.text);
}

/* The rule is begun before the files are read, as it says how to read them; but what is wrong with
 * files is said first. */
static bool fill(Dataset *dataset, const Layout *layout, Error *error) {
    Error of_rule;
    layout->list(dataset);
    const bool begun = labels_begin(dataset, layout, &of_rule);
    survey_files(dataset);
    drop_bad_samples(dataset);
    if (!is_usable(dataset, layout, error)) return false;
    if (!begun) return error_set(error, "%s", of_rule.text);
    if (!labels_understand(dataset, layout, error)) return false;
    drop_bad_samples(dataset);
    return is_usable(dataset, layout, error);
}

Dataset *dataset_open(const char *name, const char *folder, const DatasetOptions *options,
                      Error *error) {
    const Layout *layout = layout_of(name);
    char known[256];
    if (!layout) {
        error_set(error, "unknown dataset '%s'; expected one of %s", name,
                  dataset_layouts(known, sizeof known));
        return NULL;
    }
    const bool generated = layout == &layout_synth;
    if (!generated && !(folder && folder_exists(folder))) {
        error_set(error, "%s: no such folder; dataset %s expects %s in it",
                  folder && *folder ? folder : "(no folder given)", name, layout->expected);
        return NULL;
    }
    Dataset *dataset = allocate(1, sizeof *dataset);
    problems_start(&dataset->problems);
    dataset->layout = layout->name;
    dataset->folder = allocate_text(folder && !generated ? folder : name);
    if (options) dataset->options = *options;
    if (dataset->options.synth_count == 0) dataset->options.synth_count = 600;
    if (dataset->options.synth_size == 0) dataset->options.synth_size = 256;
    dataset->refuse = dataset->options.bad_files == BAD_FILES_REFUSE ||
                      (dataset->options.bad_files == BAD_FILES_DEFAULT && layout->refuses);
    if (fill(dataset, layout, error)) return dataset;
    dataset_free(dataset);
    return NULL;
}

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

int *dataset_part(const Dataset *dataset, Part part, int *count) {
    int *indices = allocate((size_t)dataset->count, sizeof(int));
    *count = 0;
    for (int i = 0; i < dataset->count; i++)
        if (dataset->samples[i].part == part) indices[(*count)++] = i;
    return indices;
}

int dataset_main_defect(const uint8_t *labels, size_t count, int classes) {
    size_t counts[CLASSES_MAX + 1] = { 0 };
    int most = 0;
    for (size_t i = 0; i < count; i++) counts[labels[i]]++;
    for (int k = 1; k < classes; k++)
        if (counts[k] > (most ? counts[most] : 0)) most = k;
    return most;
}
