/* mask_values.c - counts the values in masks, describes them, and checks every mask. */
#include "data/labels/mask_values.h"

#include "data/shapes/drawing.h"

#include <stdio.h>
#include <string.h>

/* The class of a colour, or -1. */
static int class_of(const LabelRule *rule, uint32_t colour) {
    for (int k = 0; k < rule->colours; k++)
        if (rule->colour[k] == colour) return k;
    return -1;
}

/* Three channels become one, in place: the numbers of the classes. */
static bool colours_to_classes(const LabelRule *rule, const char *path, Image *image,
                               Error *error) {
    const size_t pixels = (size_t)image->width * (size_t)image->height;
    uint32_t last = rule->colour[0];
    int class = 0;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *rgb = image->pixels + 3 * i;
        const uint32_t colour = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | (uint32_t)rgb[2];
        if (colour != last) class = class_of(rule, last = colour);
        if (class < 0) {
            error_set(error, "%s: the colour #%06x at x %zu, y %zu; classes.txt names %d others",
                      path, (unsigned)colour, i % (size_t)image->width, i / (size_t)image->width,
                      rule->colours);
            image_free(image);
            return false;
        }
        image->pixels[i] = (uint8_t) class;
    }
    image->channels = 1;
    return true;
}

bool mask_values_decode(const Dataset *dataset, const Sample *sample, const ImageFile *file,
                        Image *values, Error *error) {
    if (sample->mask_kind == MASK_THRESHOLD) return image_file_read(file, 1, values, error);
    if (dataset->rule.colours > 0)
        return image_file_read(file, 3, values, error) &&
               colours_to_classes(&dataset->rule, sample->mask, values, error);
    if (image_file_read_labels(file, values, error)) return true;
    return dataset->rule.threshold > 0 && image_file_read(file, 1, values, error);
}

bool mask_values_read(const Dataset *dataset, const Sample *sample, Image *values, Error *error) {
    ImageFile file;
    *values = (Image){ 0 };
    if (sample->mask_kind == MASK_SHAPES)
        return drawing_draw(sample->drawing, sample->width, sample->height, sample->mask, values,
                            error);
    if (!image_file_open(sample->mask, &file, error)) return false;
    const bool good = mask_values_decode(dataset, sample, &file, values, error);
    image_file_close(&file);
    return good;
}

/* Masks are mostly runs: eight equal pixels in a row are counted at once. */
void mask_values_count(const Image *values, int64_t counts[256]) {
    const size_t count = image_bytes(values);
    const uint8_t *pixels = values->pixels;
    size_t i = 0;
    memset(counts, 0, 256 * sizeof *counts);
    for (; i + 8 <= count; i += 8) {
        uint64_t eight;
        memcpy(&eight, pixels + i, 8);
        if (eight == pixels[i] * 0x0101010101010101u)
            counts[pixels[i]] += 8;
        else
            for (size_t k = i; k < i + 8; k++) counts[pixels[k]]++;
    }
    for (; i < count; i++) counts[pixels[i]]++;
}

/* The first of equals. */
static int most_frequent(const int64_t counts[256]) {
    int most = 0;
    for (int value = 1; value < 256; value++)
        if (counts[value] > counts[most]) most = value;
    return most;
}

void mask_values_text(const Survey *survey, int shown, char *text, size_t size) {
    int64_t left[256] = { 0 }, all = 0;
    const int present = survey->value_count;
    for (int i = 0; i < present; i++) {
        left[survey->values[i].value] = survey->values[i].pixels;
        all += survey->values[i].pixels;
    }
    size_t used =
        (size_t)snprintf(text, size, "holds %d value%s:", present, present == 1 ? "" : "s");
    for (int i = 0; i < shown && i < present && used < size; i++) {
        const int value = most_frequent(left);
        used += (size_t)snprintf(text + used, size - used, "%s %d (%.3g%%)", i ? "," : "", value,
                                 100 * (double)left[value] / (double)all);
        left[value] = 0;
    }
    if (present > shown && used < size)
        snprintf(text + used, size - used, " and %d more", present - shown);
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

/* 255 may still turn out to be the ignored value. */
static bool values_are_known(const Dataset *dataset, const Sample *sample, Error *error) {
    const Survey *survey = sample->survey;
    if (!dataset->rule.named_by) return true;
    for (int i = 0; i < survey->value_count; i++) {
        const int value = survey->values[i].value;
        if (value == 255 || dataset->rule.is_known[value]) continue;
        char held[200], where[220];
        mask_values_text(survey, 3, held, sizeof held); /* five such lines fit in one */
        snprintf(where, sizeof where, " (it %s)", held);
        return mask_values_refuse(dataset, sample, value, where, error);
    }
    return true;
}

static int most_frequent_defect(const LabelRule *rule, const Survey *survey) {
    int64_t of_label[256] = { 0 };
    int most = 0;
    for (int i = 0; i < survey->value_count; i++)
        of_label[rule->label_of[survey->values[i].value]] += survey->values[i].pixels;
    for (int label = 1; label < LABEL_IGNORE; label++)
        if (of_label[label] > (most ? of_label[most] : 0)) most = label;
    return most;
}

/* Whether one mask can be used, or a line that says why not. */
static bool check_mask(const Dataset *dataset, Sample *sample, Error *error) {
    const Survey *survey = sample->survey;
    const bool labels = sample->mask_kind == MASK_LABELS || sample->mask_kind == MASK_SHAPES;
    if (labels && dataset->rule.threshold == 0 && survey->is_jpeg)
        return error_set(
            error,
            "%s: a JPEG is lossy: it alters values, so they are no labels; save masks as "
            "PNG, or say %s T (128 for black and white)",
            sample->mask, dataset->options.threshold_word);
    if (survey->problem) return error_set(error, "%s", survey->problem);
    if (!labels) return true;
    sample->label = most_frequent_defect(&dataset->rule, survey);
    return values_are_known(dataset, sample, error);
}

void mask_values_check(Dataset *dataset) {
    for (int i = 0; i < dataset->count; i++) {
        Sample *sample = &dataset->samples[i];
        Error error;
        if (sample->mask_kind == MASK_BACKGROUND || sample->mask_kind == MASK_GENERATED) continue;
        if (check_mask(dataset, sample, &error)) continue;
        problems_add(&dataset->problems, error.text);
        sample->width = 0;
        sample->survey->value_count = 0;
    }
}
