#include "data/labels/mask_values.h"

#include "data/allocate.h"
#include "tensor/regular_file.h"

#include <stdio.h>

bool mask_values_read(const Dataset *dataset, const Sample *sample, Image *values, Error *error) {
    if (sample->mask_kind == MASK_THRESHOLD) return image_read(sample->mask, 1, values, error);
    if (image_read_labels(sample->mask, values, error)) return true;
    return dataset->rule.threshold > 0 && image_read(sample->mask, 1, values, error);
}

void mask_values_count(const Image *values, int64_t counts[256]) {
    memset(counts, 0, 256 * sizeof *counts);
    for (size_t i = 0; i < image_bytes(values); i++) counts[values->pixels[i]]++;
}

/* The most frequent value, and none of it any more; -1 where nothing is left. */
static int take_most_frequent(int64_t counts[256]) {
    int most = 0;
    for (int value = 1; value < 256; value++)
        if (counts[value] > counts[most]) most = value;
    if (counts[most] == 0) return -1;
    counts[most] = 0;
    return most;
}

void mask_values_text(const int64_t counts[256], int shown, char *text, size_t size) {
    int64_t left[256], all = 0;
    int present = 0;
    for (int value = 0; value < 256; value++) {
        left[value] = counts[value];
        all += counts[value];
        present += counts[value] > 0;
    }
    size_t used =
        (size_t)snprintf(text, size, "holds %d value%s:", present, present == 1 ? "" : "s");
    for (int i = 0; i < shown && i < present && used < size; i++) {
        const int value = take_most_frequent(left);
        used += (size_t)snprintf(text + used, size - used, "%s %d (%.3g%%)", i ? "," : "", value,
                                 100 * (double)counts[value] / (double)all);
    }
    if (present > shown && used < size)
        snprintf(text + used, size - used, " and %d more", present - shown);
}

/* By its first bytes: a JPEG may be called X.png. */
static bool is_jpeg(const char *path) {
    uint8_t start[3] = { 0 };
    uint64_t bytes;
    FILE *file = regular_file_open(path, &bytes, NULL);
    if (!file) return false;
    const bool whole = fread(start, 1, sizeof start, file) == sizeof start;
    fclose(file);
    return whole && start[0] == 0xff && start[1] == 0xd8 && start[2] == 0xff;
}

/* "0..3", or "0, 85, 170" where values have gaps. */
static void expected_values(const LabelRule *rule, char *text, size_t size) {
    int known = 0, largest = 0;
    for (int value = 0; value < 256; value++) {
        if (!rule->is_known[value] || rule->label_of[value] == LABEL_IGNORE) continue;
        known++;
        largest = value;
    }
    if (known == largest + 1) {
        snprintf(text, size, "0..%d", largest);
        return;
    }
    size_t used = 0;
    for (int value = 0, i = 0; value < 256 && used < size; value++)
        if (rule->is_known[value] && rule->label_of[value] != LABEL_IGNORE)
            used += (size_t)snprintf(text + used, size - used, "%s%d", i++ ? ", " : "", value);
}

bool mask_values_refuse(const Dataset *dataset, const Sample *sample, int value, const char *where,
                        Error *error) {
    char expected[256];
    expected_values(&dataset->rule, expected, sizeof expected);
    return error_set(error, "%s: label %d%s; expected %s%s%s", sample->mask, value, where, expected,
                     dataset->rule.named_by ? ", by " : "",
                     dataset->rule.named_by ? dataset->rule.named_by : "");
}

/* 255 may still turn out to be no label. */
static bool values_are_known(const Dataset *dataset, const Sample *sample,
                             const int64_t counts[256], Error *error) {
    if (!dataset->rule.named_by) return true;
    for (int value = 0; value < 255; value++) {
        if (counts[value] == 0 || dataset->rule.is_known[value]) continue;
        char held[200], where[220];
        mask_values_text(counts, 3, held, sizeof held); /* five such lines fit in one */
        snprintf(where, sizeof where, " (it %s)", held);
        return mask_values_refuse(dataset, sample, value, where, error);
    }
    return true;
}

static int most_frequent_defect(const LabelRule *rule, const int64_t counts[256]) {
    int64_t of_label[256] = { 0 };
    int most = 0;
    for (int value = 0; value < 256; value++) of_label[rule->label_of[value]] += counts[value];
    for (int label = 1; label < LABEL_IGNORE; label++)
        if (of_label[label] > (most ? of_label[most] : 0)) most = label;
    return most;
}

/* Count the values of one mask, or a line that says why it cannot be used. */
static bool survey_mask(const Dataset *dataset, Sample *sample, int64_t counts[256], Error *error) {
    Image values;
    if (sample->mask_kind == MASK_LABELS && dataset->rule.threshold == 0 && is_jpeg(sample->mask))
        return error_set(
            error,
            "%s: a JPEG is lossy: it alters values, so they are no labels; save masks as "
            "PNG, or say --mask-threshold T (128 for black and white)",
            sample->mask);
    if (!mask_values_read(dataset, sample, &values, error)) return false;
    mask_values_count(&values, counts);
    image_free(&values);
    if (sample->mask_kind == MASK_THRESHOLD) return true;
    sample->label = most_frequent_defect(&dataset->rule, counts);
    return values_are_known(dataset, sample, counts, error);
}

static void add_to_classes(Dataset *dataset, const Sample *sample, const int64_t counts[256]) {
    if (sample->mask_kind == MASK_BACKGROUND)
        dataset->class_pixels[0] += (int64_t)sample->width * sample->height;
    if (sample->mask_kind != MASK_THRESHOLD) return;
    for (int value = 0; value < 256; value++)
        dataset->class_pixels[value >= dataset->rule.threshold ? sample->label : 0] +=
            counts[value];
}

MaskSurvey mask_survey(Dataset *dataset) {
    const int count = dataset->count;
    MaskSurvey survey = { .holds = allocate((size_t)count, sizeof *survey.holds) };
    char **problems = allocate((size_t)count, sizeof(char *));
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < count; i++) {
        Sample *sample = &dataset->samples[i];
        int64_t counts[256] = { 0 };
        Error error = { "" };
        const bool has_mask =
            sample->mask_kind == MASK_LABELS || sample->mask_kind == MASK_THRESHOLD;
        if (has_mask && !survey_mask(dataset, sample, counts, &error)) {
            memory_must_suffice(&error);
            problems[i] = allocate_text(error.text);
            sample->width = 0;
            continue;
        }
        for (int value = 0; value < 256; value++) survey.holds[i][value] = counts[value] > 0;
#pragma omp critical
        {
            add_to_classes(dataset, sample, counts);
            for (int value = 0; value < 256 && sample->mask_kind == MASK_LABELS; value++)
                survey.pixels[value] += counts[value];
        }
    }
    for (int i = 0; i < count; i++) {
        if (problems[i]) problems_add(&dataset->problems, problems[i]);
        free(problems[i]);
    }
    free(problems);
    return survey;
}

void mask_survey_free(MaskSurvey *survey) {
    free(survey->holds);
    survey->holds = NULL;
}
