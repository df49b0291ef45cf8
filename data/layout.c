#include "data/layout.h"

#include "data/allocate.h"
#include "data/files.h"

#include <ctype.h>
#include <stdio.h>

Sample *layout_add(Dataset *dataset, const char *name, char *image, char *mask, MaskKind kind,
                   int label, Release release) {
    dataset->samples = allocate_one_more(dataset->samples, (size_t)dataset->count, sizeof(Sample));
    Sample *sample = &dataset->samples[dataset->count++];
    *sample = (Sample){ .name = allocate_text(name),
                        .image = image,
                        .mask = mask,
                        .mask_kind = kind,
                        .label = label,
                        .release = release,
                        .scene = -1 };
    return sample;
}

static void report(Dataset *dataset, const char *folder, const char *name, const char *what) {
    Error line;
    error_set(&line, "%s/%s/%s: %s", dataset->folder, folder, name, what);
    problems_add(&dataset->problems, line.text);
}

static void add_pair(Dataset *dataset, const Pairing *pairing, const char *image,
                     const char *mask) {
    char *folder = path_join(dataset->folder, pairing->images);
    char *image_path = path_join(folder, image), *mask_path = NULL;
    free(folder);
    if (mask) {
        folder = path_join(dataset->folder, pairing->masks);
        mask_path = path_join(folder, mask);
        free(folder);
    }
    layout_add(dataset, image_path + strlen(dataset->folder) + 1, image_path, mask_path,
               pairing->kind, pairing->label, pairing->release);
}

static Names list(const Dataset *dataset, const char *folder, const char *extensions) {
    char *path = path_join(dataset->folder, folder);
    const Names names = names_in_folder(path, extensions);
    free(path);
    return names;
}

static void report_orphan_masks(Dataset *dataset, const Pairing *pairing, const Names *images,
                                const Names *masks) {
    for (int i = 0; i < masks->count; i++) {
        char *stem = path_stem(masks->names[i]);
        if (!names_find_stem(images, stem))
            report(dataset, pairing->masks, masks->names[i], "a mask without an image");
        free(stem);
    }
}

int layout_add_pairs(Dataset *dataset, const Pairing *pairing) {
    Names images = list(dataset, pairing->images, pairing->image_extensions), masks = { 0 };
    const bool paired = pairing->kind != MASK_BACKGROUND;
    if (paired) masks = list(dataset, pairing->masks, pairing->mask_extensions);
    for (int i = 0; i < images.count; i++) {
        char *stem = path_stem(images.names[i]);
        const char *mask = paired ? names_find_stem(&masks, stem) : NULL;
        if (strcmp(names_find_stem(&images, stem), images.names[i]) != 0)
            report(dataset, pairing->images, images.names[i], "another image has the same stem");
        else if (paired && !mask)
            report(dataset, pairing->images, images.names[i], "no mask for this image");
        else
            add_pair(dataset, pairing, images.names[i], mask);
        free(stem);
    }
    if (paired && strcmp(pairing->images, pairing->masks) != 0)
        report_orphan_masks(dataset, pairing, &images, &masks);
    const int count = images.count;
    names_free(&images);
    names_free(&masks);
    return count;
}

/* Names are printed on terminals and in tables. */
static bool holds_control(const char *text) {
    for (; *text; text++)
        if (iscntrl((unsigned char)*text)) return true;
    return false;
}

static bool read_class_names(Dataset *dataset, const char *path, Error *error) {
    FILE *file = fopen(path, "r");
    if (!file) return error_set(error, "%s: cannot read it", path);
    char line[256];
    bool good = true, ended = false;
    while (good && fgets(line, sizeof line, file)) {
        char *end = line + strlen(line);
        if ((end == line || end[-1] != '\n') && !feof(file)) {
            good = error_set(error,
                             "%s: the line '%.20s...' is longer than %zu bytes, or holds a "
                             "zero byte",
                             path, line, sizeof line - 2);
            break;
        }
        while (end > line && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' ')) *--end = '\0';
        if (!line[0])
            ended = true;
        else if (holds_control(line))
            good = error_set(error, "%s: the class '%s' holds a control character", path, line);
        else if (ended)
            good = error_set(error, "%s: an empty line before '%s'; the line number is the label",
                             path, line);
        else if (dataset->class_count == CLASSES_MAX)
            good = error_set(error, "%s: more than %d classes", path, CLASSES_MAX);
        else
            dataset->classes[dataset->class_count++] = allocate_text(line);
    }
    if (good && ferror(file)) good = error_set(error, "%s: cannot read it", path);
    fclose(file);
    if (good && dataset->class_count < 2)
        good = error_set(error, "%s: %d classes; expected the background and at least one defect",
                         path, dataset->class_count);
    return good;
}

/* Which labels the sample's mask holds; or a line that says why it cannot be used. `classes` is
 * their number where names are given, else 0. */
static char *survey_mask(Sample *sample, int classes, bool present[256]) {
    Image mask;
    Error error = { "" };
    bool good = image_read_labels(sample->mask, &mask, &error), found[256] = { 0 };
    for (size_t i = 0; i < image_bytes(&mask); i++) found[mask.pixels[i]] = true;
    image_free(&mask);
    for (int label = classes; good && classes && label < LABEL_IGNORE; label++)
        if (found[label])
            good = error_set(&error, "%s: label %d; expected 0..%d, by classes.txt", sample->mask,
                             label, classes - 1);
    if (good) {
        memcpy(present, found, sizeof found);
        return NULL;
    }
    sample->width = 0;
    return allocate_text(error.text);
}

static void survey_masks(Dataset *dataset, bool present[256]) {
    const int count = dataset->count;
    char **problems = allocate((size_t)count, sizeof(char *));
    bool(*each)[256] = allocate((size_t)count, sizeof *each);
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < count; i++)
        if (dataset->samples[i].mask_kind == MASK_LABELS)
            problems[i] = survey_mask(&dataset->samples[i], dataset->class_count, each[i]);
    for (int i = 0; i < count; i++) {
        if (problems[i]) problems_add(&dataset->problems, problems[i]);
        free(problems[i]);
        for (int label = 0; label < 256; label++) present[label] |= each[i][label];
    }
    free(problems);
    free(each);
}

/* Masks of 0 and 255 alone are black and white pictures of one defect. */
static void take_white_as_defect(Dataset *dataset) {
    for (int i = 0; i < dataset->count; i++) {
        dataset->samples[i].mask_kind = MASK_THRESHOLD;
        dataset->samples[i].label = 1;
    }
}

bool layout_read_classes(Dataset *dataset, Error *error) {
    char *path = path_join(dataset->folder, "classes.txt");
    const bool named = file_exists(path), good = !named || read_class_names(dataset, path, error);
    free(path);
    if (!good) return false;
    bool present[256] = { 0 };
    survey_masks(dataset, present);
    int largest = 0;
    for (int label = 1; label < LABEL_IGNORE; label++)
        if (present[label]) largest = label;
    if (largest == 0 && present[LABEL_IGNORE] && dataset->class_count <= 2) {
        largest = 1;
        take_white_as_defect(dataset);
    }
    if (named) return true;
    if (largest == 0 && dataset->problems.count > 0)
        return error_set(error, "%s", dataset->problems.lines[0]);
    if (largest == 0)
        return error_set(error, "%s: no mask holds a defect; expected labels from 1 up",
                         dataset->folder);
    for (int label = 0; label <= largest; label++) {
        char name[32];
        if (label)
            snprintf(name, sizeof name, "class %d", label);
        else
            snprintf(name, sizeof name, "background");
        dataset->classes[dataset->class_count++] = allocate_text(name);
    }
    return true;
}
