/* dataset.c - opens a dataset: lists it by its layout, surveys its files, settles its labels. */
#include "data/dataset.h"

#include "data/files.h"
#include "data/labels/labels.h"
#include "data/shapes/drawn.h"
#include "data/survey.h"
#include "data/synth/synth.h"
#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    drawing_free(sample->drawing);
}

void dataset_free(Dataset *dataset) {
    if (!dataset) return;
    for (int i = 0; i < dataset->count; i++) sample_free(&dataset->samples[i]);
    for (int i = 0; i < dataset->class_count; i++) free(dataset->classes[i]);
    drawn_free(dataset->drawn);
    free(dataset->samples);
    free(dataset->folder);
    problems_end(&dataset->problems);
    free(dataset);
}

/* Drop the samples that a check has marked with width 0. */
static void drop_bad_samples(Dataset *dataset) {
    int kept = 0;
    for (int i = 0; i < dataset->count; i++)
        if (dataset->samples[i].width > 0)
            dataset->samples[kept++] = dataset->samples[i];
        else
            sample_free(&dataset->samples[i]);
    dataset->count = kept;
}

/* True if there are no problems, or if they may be skipped and some samples remain. */
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

/* labels_begin comes before the files are read, as its rule says how to read them. Problems with
 * the files are reported before those of the rule. */
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
    Dataset *dataset = memory_new(1, sizeof *dataset);
    problems_start(&dataset->problems);
    dataset->layout = layout->name;
    dataset->folder = memory_text(folder && !generated ? folder : name);
    if (options) dataset->options = *options;
    if (!dataset->options.threshold_word) dataset->options.threshold_word = "mask_threshold";
    if (!dataset->options.ignore_word) dataset->options.ignore_word = "ignore_label";
    if (dataset->options.synth_count == 0) dataset->options.synth_count = 600;
    if (dataset->options.synth_size == 0) dataset->options.synth_size = 256;
    dataset->refuse = dataset->options.bad_files == BAD_FILES_REFUSE ||
                      (dataset->options.bad_files == BAD_FILES_DEFAULT && layout->refuses);
    if (fill(dataset, layout, error)) return dataset;
    dataset_free(dataset);
    return NULL;
}

int *dataset_part(const Dataset *dataset, Part part, int *count) {
    int *indices = memory_new((size_t)dataset->count, sizeof(int));
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
