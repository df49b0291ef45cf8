/* labels.c - names the classes and fills the label rule. */
#include "data/labels/labels.h"

#include "data/files.h"
#include "data/labels/label_decision.h"
#include "data/shapes/drawn.h"
#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_THRESHOLD = 128 };

static void name_class(Dataset *dataset, const char *name) {
    dataset->classes[dataset->class_count++] = memory_text(name);
}

/* Class `label` has this value in masks. Fails if the value is already in use. */
static bool know_value(Dataset *dataset, int value, int label, Error *error) {
    LabelRule *rule = &dataset->rule;
    if (rule->is_known[value])
        return error_set(error, "%s: the value %d is ignored, by %s; %s names it '%s'",
                         dataset->folder, value, dataset->options.ignore_word, rule->named_by,
                         dataset->classes[label]);
    rule->is_known[value] = true;
    rule->label_of[value] = (uint8_t)label;
    return true;
}

static bool know_all_values(Dataset *dataset, const int *values, Error *error) {
    for (int label = 0; label < dataset->class_count; label++)
        if (!know_value(dataset, values ? values[label] : label, label, error)) return false;
    return true;
}

/* Weights fix the classes; classes.txt may rename them, but not reorder them or add any. */
static bool agrees_with_weights(const ClassNames *classes, const DatasetOptions *options,
                                const char *path, Error *error) {
    const bool fewer = classes->count < options->class_count;
    if (classes->count > options->class_count)
        return error_set(error, "%s: names %d classes; the weights know %d", path, classes->count,
                         options->class_count);
    for (int k = 1; k < classes->count; k++) {
        const char *name = classes->names[k];
        if (!strcmp(name, options->class_names[k])) continue;
        int other = 0;
        while (other < options->class_count && strcmp(name, options->class_names[other]) != 0)
            other++;
        if (fewer || other < options->class_count)
            return error_set(error, "%s: class %d is '%s'; that of the weights is '%s'", path, k,
                             name, options->class_names[k]);
    }
    return true;
}

/* Shapes have names instead of values. */
static bool take_drawn_names(Dataset *dataset, Error *error) {
    Drawn *drawn = dataset->drawn;
    if (drawn->count == 0 && !drawn_name_by_labels(dataset, drawn, error)) return false;
    for (int k = 0; k < drawn->count; k++) name_class(dataset, drawn->names[k]);
    dataset->rule.named_by = drawn->order;
    return know_all_values(dataset, NULL, error);
}

/* The names and values of classes.txt; when weights are evaluated, their names. */
static bool take_class_file(Dataset *dataset, const char *path, Error *error) {
    const DatasetOptions *options = &dataset->options;
    ClassNames classes;
    if (!class_names_read(path, &classes, error)) return false;
    bool good = !options->class_names || agrees_with_weights(&classes, options, path, error);
    for (int k = 0; good && k < classes.count; k++)
        name_class(dataset, options->class_names ? options->class_names[k] : classes.names[k]);
    dataset->rule.named_by = "classes.txt";
    dataset->rule.colours = classes.by_colour && !dataset->drawn ? classes.count : 0;
    for (int k = 0; k < dataset->rule.colours; k++) dataset->rule.colour[k] = classes.colours[k];
    if (dataset->drawn) drawn_call(dataset->drawn, classes.names, classes.count);
    good = good && know_all_values(dataset, dataset->drawn ? NULL : classes.values, error);
    for (int k = classes.count; good && options->class_names && k < options->class_count; k++)
        name_class(dataset, options->class_names[k]);
    class_names_free(&classes);
    return good;
}

static bool name_classes(Dataset *dataset, const Layout *layout, Error *error) {
    const DatasetOptions *options = &dataset->options;
    if (layout->classes) {
        for (int i = 0; layout->classes[i]; i++) name_class(dataset, layout->classes[i]);
        dataset->rule.named_by = layout->name;
        return know_all_values(dataset, NULL, error);
    }
    char *path = path_join(dataset->folder, "classes.txt");
    const bool named = file_exists(path), good = !named || take_class_file(dataset, path, error);
    free(path);
    if (named) return good;
    if (!options->class_names) return !dataset->drawn || take_drawn_names(dataset, error);
    if (dataset->drawn) drawn_call(dataset->drawn, NULL, 0);
    for (int k = 0; k < options->class_count; k++) name_class(dataset, options->class_names[k]);
    dataset->rule.named_by = "the weights";
    return know_all_values(dataset, NULL, error);
}

/* Every value from T up is the one defect, every other one background. */
static bool set_threshold(Dataset *dataset, int threshold, Error *error) {
    LabelRule *rule = &dataset->rule;
    if (rule->named_by && dataset->class_count != 2)
        return error_set(error, "%s %d: makes one defect of a mask; %s names %d classes",
                         dataset->options.threshold_word, threshold, rule->named_by,
                         dataset->class_count);
    for (int value = 0; value < 256; value++) {
        if (dataset->options.ignores && value == dataset->options.ignore_label) continue;
        rule->is_known[value] = true;
        rule->label_of[value] = value >= threshold;
    }
    rule->threshold = threshold;
    return true;
}

/* Layouts with one mask folder per defect, or without masks: most options about values do not
 * apply. */
static bool options_fit(const Dataset *dataset, const Layout *layout, Error *error) {
    const DatasetOptions *options = &dataset->options;
    if (options->ignores && layout->masks != MASK_LABELS)
        return error_set(error, "%s %d: the masks of %s hold no labels", options->ignore_word,
                         options->ignore_label, layout->name);
    if (options->mask_threshold && layout->masks == MASK_GENERATED)
        return error_set(error, "%s %d: %s makes its masks itself", options->threshold_word,
                         options->mask_threshold, layout->name);
    if (dataset->drawn && (options->ignores || options->mask_threshold))
        return error_set(error, "%s %d: the masks of %s are %s, which hold no values",
                         options->ignores ? options->ignore_word : options->threshold_word,
                         options->ignores ? options->ignore_label : options->mask_threshold,
                         dataset->folder, dataset->drawn->source);
    return true;
}

bool labels_begin(Dataset *dataset, const Layout *layout, Error *error) {
    const DatasetOptions *options = &dataset->options;
    LabelRule *rule = &dataset->rule;
    if (!options_fit(dataset, layout, error)) return false;
    for (int value = 0; value < 256; value++) rule->label_of[value] = (uint8_t)value;
    if (options->ignores) {
        rule->is_known[options->ignore_label] = true;
        rule->label_of[options->ignore_label] = LABEL_IGNORE;
    }
    if (!name_classes(dataset, layout, error)) return false;
    if (dataset->drawn) drawn_give_classes(dataset);
    if (layout->masks == MASK_THRESHOLD)
        rule->threshold = options->mask_threshold ? options->mask_threshold : USUAL_THRESHOLD;
    else if (options->mask_threshold)
        return set_threshold(dataset, options->mask_threshold, error);
    return true;
}

/* Defects without a name are named by number. */
static void name_the_rest(Dataset *dataset, int classes) {
    char name[32];
    while (dataset->class_count < classes) {
        snprintf(name, sizeof name, "class %d", dataset->class_count);
        name_class(dataset, dataset->class_count ? name : "background");
    }
}

static void count_classes(Dataset *dataset) {
    for (int i = 0; i < dataset->count; i++) {
        int64_t counts[LABEL_IGNORE + 1];
        if (dataset->samples[i].width == 0) continue;
        dataset_count_labels(dataset, i, counts);
        for (int k = 0; k < dataset->class_count; k++) dataset->class_pixels[k] += counts[k];
        dataset->ignored_pixels += counts[LABEL_IGNORE];
    }
}

static bool any_is_left(const Dataset *dataset) {
    for (int i = 0; i < dataset->count; i++)
        if (dataset->samples[i].width > 0) return true;
    return false;
}

bool labels_understand(Dataset *dataset, const Layout *layout, Error *error) {
    if (layout->masks == MASK_GENERATED) return true;
    mask_values_check(dataset);
    if (dataset->problems.count > 0 && (dataset->refuse || !any_is_left(dataset)))
        return problems_fail(&dataset->problems, dataset->folder, error);
    const int classes = labels_decide(dataset, error);
    if (classes == 0) return false;
    name_the_rest(dataset, classes);
    count_classes(dataset);
    return true;
}
