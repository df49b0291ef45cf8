/* drawn.c - from the labels of shapes to the classes of the dataset. */
#include "data/shapes/drawn.h"

#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Drawn *drawn_new(const char *source, const char *order) {
    Drawn *drawn = memory_new(1, sizeof *drawn);
    drawn->source = source;
    drawn->order = order;
    return drawn;
}

void drawn_free(Drawn *drawn) {
    if (!drawn) return;
    drawn_call(drawn, NULL, 0);
    free(drawn);
}

void drawn_call(Drawn *drawn, char *const *names, int count) {
    PROMISE(count <= CLASSES_MAX, "%d names", count);
    for (int i = 0; i < drawn->count; i++) free(drawn->names[i]);
    for (int i = 0; i < count; i++) drawn->names[i] = memory_text(names[i]);
    drawn->count = count;
}

/* ---- Names from labels ---- */

/* Where `name` is among the sorted names behind the first, or belongs; *found says which. */
static int place_of(const Drawn *drawn, const char *name, bool *found) {
    int low = 1, high = drawn->count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (strcmp(drawn->names[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found =
        !strcmp(drawn->names[0], name) || (low < drawn->count && !strcmp(drawn->names[low], name));
    return low;
}

static bool take_label(Drawn *drawn, const char *label) {
    bool found;
    const int place = place_of(drawn, label, &found);
    if (found) return true;
    if (drawn->count == CLASSES_MAX) return false;
    memmove(drawn->names + place + 1, drawn->names + place,
            (size_t)(drawn->count++ - place) * sizeof *drawn->names);
    drawn->names[place] = memory_text(label);
    return true;
}

bool drawn_name_by_labels(const Dataset *dataset, Drawn *drawn, Error *error) {
    drawn_call(drawn, (char *[]){ "background" }, 1);
    for (int i = 0; i < dataset->count; i++) {
        const Drawing *drawing = dataset->samples[i].drawing;
        for (int k = 0; k < drawing->count; k++)
            if (!take_label(drawn, drawing->shapes[k].label))
                return error_set(error,
                                 "%s: %s %llu: '%.100s' is one label more than the %d that "
                                 "can be told apart",
                                 dataset->samples[i].mask, drawing->word,
                                 (unsigned long long)drawing->shapes[k].number,
                                 drawing->shapes[k].label, CLASSES_MAX - 1);
    }
    return drawn->count > 1 ||
           error_set(error,
                     "%s: no shape of a defect in %d images; expected shapes, or a "
                     "classes.txt that names the classes",
                     dataset->folder, dataset->count);
}

/* ---- Classes from names ---- */

static int class_called(const Dataset *dataset, const char *label) {
    const Drawn *drawn = dataset->drawn;
    for (int k = 0; k < dataset->class_count; k++)
        if (!strcmp(dataset->classes[k], label)) return k;
    for (int k = 0; k < drawn->count && k < dataset->class_count; k++)
        if (!strcmp(drawn->names[k], label)) return k;
    return -1;
}

/* "background, dent, scratch", or the first of them. */
static void list_classes(const Dataset *dataset, char *text, size_t size) {
    size_t used = 0;
    int k = 0;
    for (; k < dataset->class_count && used + strlen(dataset->classes[k]) + 24 < size; k++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", k ? ", " : "", dataset->classes[k]);
    if (k < dataset->class_count)
        snprintf(text + used, size - used, " and %d more", dataset->class_count - k);
}

static void refuse_label(const Dataset *dataset, const Sample *sample, const Shape *shape) {
    char known[200] = "";
    Error line;
    list_classes(dataset, known, sizeof known);
    error_set(&line, "%s: %s %llu: the class '%.100s'; expected %s, by %s", sample->mask,
              sample->drawing->word, (unsigned long long)shape->number, shape->label, known,
              dataset->rule.named_by);
    sample->drawing->problem = memory_text(line.text);
}

void drawn_give_classes(Dataset *dataset) {
    for (int i = 0; i < dataset->count; i++) {
        Drawing *drawing = dataset->samples[i].drawing;
        for (int k = 0; k < drawing->count && !drawing->problem; k++) {
            drawing->shapes[k].class = class_called(dataset, drawing->shapes[k].label);
            if (drawing->shapes[k].class < 0)
                refuse_label(dataset, &dataset->samples[i], &drawing->shapes[k]);
        }
    }
}
