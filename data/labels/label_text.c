/* label_text.c - one line that states how a dataset's labels were understood. */
#include "data/shapes/drawn.h"

#include <stdarg.h>
#include <stdio.h>

/* Text that grows in a buffer, truncated at its end. */
typedef struct Line {
    char *text;
    size_t size, used;
} Line;

static void append(Line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(Line *line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    line->used +=
        (size_t)vsnprintf(line->text + line->used, line->size - line->used, format, arguments);
    va_end(arguments);
    if (line->used >= line->size) line->used = line->size - 1;
}

/* The value in masks that means a label; under a threshold the label itself. */
static int value_of(const LabelRule *rule, int label) {
    for (int value = 0; value < 256 && rule->threshold == 0; value++)
        if (rule->is_known[value] && rule->label_of[value] == label) return value;
    return label;
}

static void append_class(Line *line, const Dataset *dataset, int label, int64_t all) {
    const int value =
        dataset->rule.white_is_defect && label == 1 ? 255 : value_of(&dataset->rule, label);
    append(line, "%s%d %s", label ? ", " : "", label, dataset->classes[label]);
    if (label < dataset->rule.colours)
        append(line, " (#%06x)", (unsigned)dataset->rule.colour[label]);
    if (value != label) append(line, " (value %d)", value);
    append(line, " %.3g%%", 100 * (double)dataset->class_pixels[label] / (double)all);
}

static void append_ignored(Line *line, const Dataset *dataset, int64_t all) {
    for (int value = 0; value < 256; value++)
        if (dataset->rule.is_known[value] && dataset->rule.label_of[value] == LABEL_IGNORE)
            append(line, "; %d is ignored, %.3g%%", value,
                   100 * (double)dataset->ignored_pixels / (double)all);
}

static void append_shapes(Line *line, const Dataset *dataset) {
    long long shapes = 0;
    for (int i = 0; i < dataset->count; i++)
        if (dataset->samples[i].drawing) shapes += dataset->samples[i].drawing->count;
    append(line, "; %lld shapes of %d images from %s, classes by %s", shapes, dataset->count,
           dataset->drawn->source, dataset->rule.named_by);
}

const char *dataset_describe_labels(const Dataset *dataset, char *text, size_t size) {
    enum { SHOWN_AT_MOST = 14 };
    const LabelRule *rule = &dataset->rule;
    const bool by_folder = rule->named_by && rule->threshold && dataset->class_count > 2;
    Line line = { text, size, 0 };
    int64_t all = dataset->ignored_pixels;
    text[0] = '\0';
    for (int k = 0; k < dataset->class_count; k++) all += dataset->class_pixels[k];
    if (all == 0) return text;
    append(&line, "labels: ");
    for (int k = 0; k < dataset->class_count && k < SHOWN_AT_MOST; k++)
        append_class(&line, dataset, k, all);
    if (dataset->class_count > SHOWN_AT_MOST)
        append(&line, " and %d more", dataset->class_count - SHOWN_AT_MOST);
    append(&line, " of the pixels");
    append_ignored(&line, dataset, all);
    if (dataset->drawn) append_shapes(&line, dataset);
    if (rule->threshold)
        append(&line, "; values from %d up are %s", rule->threshold,
               by_folder ? "the defect of the image's folder" : "the defect");
    return text;
}
