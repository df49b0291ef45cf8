/* folder_class_masks.c - images/X.jpg with masks/CLASS/X.png, a mask for each class. */
#include "data/layout/folder.h"

#include "data/files.h"
#include "data/image/image_file.h"
#include "data/shapes/drawn.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* Whether the path begins with the same folder as one of the names. */
static bool shares_folder(const char *path, const Names *names) {
    const size_t length = strcspn(path, "/") + 1;
    for (int i = 0; i < names->count; i++)
        if (!strncmp(names->names[i], path, length)) return true;
    return false;
}

/* Masks in folders that images/ does not have are those of classes. */
static bool are_of_classes(const Names *masks, const Names *images) {
    for (int i = 0; i < masks->count; i++)
        if (!strchr(masks->names[i], '/') || shares_folder(masks->names[i], images)) return false;
    return masks->count > 0 && images->count > 0;
}

/* Whether the mask has 0 and one value more. *other: that value, or 0. */
static bool has_two_values(const Image *mask, int *other, int *third) {
    const size_t pixels = (size_t)mask->width * (size_t)mask->height;
    *other = 0;
    for (size_t i = 0; i < pixels; i++) {
        if (mask->pixels[i] == 0 || mask->pixels[i] == *other) continue;
        if (*other) return *third = mask->pixels[i], false;
        *other = mask->pixels[i];
    }
    return true;
}

static bool read_mask(const char *path, Image *mask, Error *error) {
    ImageFile file;
    int other, third;
    *mask = (Image){ 0 };
    if (!image_file_open(path, &file, error)) return false;
    const bool good = image_file_read_labels(&file, mask, error);
    image_file_close(&file);
    if (!good) return false;
    if (has_two_values(mask, &other, &third)) return true;
    image_free(mask);
    return error_set(error, "%s: the values %d and %d beside 0; expected one, of its class", path,
                     other, third);
}

/* Add the mask's pixels to the drawing, as a shape of the class. */
static void add_mask(Drawing *drawing, const char *path, const char *class) {
    Error error = { "" };
    Image mask = { 0 };
    if (read_mask(path, &mask, &error) && drawing->width &&
        (mask.width != drawing->width || mask.height != drawing->height))
        error_set(&error, "%s: mask of %d x %d pixels; that of another class has %d x %d", path,
                  mask.width, mask.height, drawing->width, drawing->height);
    memory_must_suffice(&error);
    if (error.text[0]) {
        drawing->problem = memory_text(error.text);
    } else {
        const size_t first = drawing->number_count;
        drawing->width = mask.width, drawing->height = mask.height;
        drawing_add_runs(drawing, &mask);
        drawing_add_shape(drawing, SHAPE_RUNS, memory_text(class), (uint64_t)drawing->count + 1,
                          first);
    }
    image_free(&mask);
}

/* The folders of masks/, sorted. The caller frees with names_free. */
static Names classes_of(const Names *masks) {
    Names classes = { 0 };
    for (int i = 0; i < masks->count; i++) {
        char *class = memory_text(masks->names[i]);
        class[strcspn(class, "/")] = '\0';
        if (classes.count && !strcmp(classes.names[classes.count - 1], class)) {
            free(class);
            continue;
        }
        classes.names =
            memory_one_more(classes.names, (size_t)classes.count, sizeof *classes.names);
        classes.names[classes.count++] = class;
    }
    return classes;
}

/* Draw the masks that have the sample's stem, class by class. */
static void draw_sample(const Dataset *dataset, Sample *sample, const Names *masks,
                        const Names *classes) {
    char *stem = path_stem(sample->name + strlen("images/"));
    char *folder = path_join(dataset->folder, "masks");
    Error line = { "" };
    sample->mask_kind = MASK_SHAPES;
    sample->drawing = drawing_new("mask");
    for (int i = 0; i < classes->count && !sample->drawing->problem; i++) {
        char *wanted = path_join(classes->names[i], stem);
        const char *mask = names_find_stem(masks, wanted, NULL);
        const char *other = mask ? names_find_stem(masks, wanted, mask) : NULL;
        char *path = mask ? path_join(folder, mask) : NULL;
        if (other)
            error_set(&line, "%s: two masks, %s and %s in masks; expected one", sample->image, mask,
                      other);
        else if (mask)
            add_mask(sample->drawing, path, classes->names[i]);
        if (path && !sample->mask)
            sample->mask = path;
        else
            free(path);
        free(wanted);
    }
    if (!sample->mask)
        error_set(&line, "%s: no mask; expected masks/CLASS/%s.png, all 0 where there is no defect",
                  sample->image, stem);
    if (line.text[0] && !sample->drawing->problem)
        sample->drawing->problem = memory_text(line.text);
    if (!sample->mask) sample->mask = memory_text(folder);
    free(folder);
    free(stem);
}

static void report_orphan_masks(Dataset *dataset, const Names *masks, const Names *images) {
    for (int i = 0; i < masks->count; i++) {
        char *stem = path_stem(strchr(masks->names[i], '/') + 1);
        Error line;
        if (!names_find_stem(images, stem, NULL)) {
            error_set(&line, "%s/masks/%s: a mask without an image; expected images/%s.{%s}",
                      dataset->folder, masks->names[i], stem, IMAGE_EXTENSIONS);
            problems_add(&dataset->problems, line.text);
        }
        free(stem);
    }
}

static Names list(const Dataset *dataset, const char *folder) {
    char *path = path_join(dataset->folder, folder);
    const Names names = names_in_folder(path, IMAGE_EXTENSIONS);
    free(path);
    return names;
}

bool folder_add_class_masks(Dataset *dataset) {
    Names masks = list(dataset, "masks"), images = list(dataset, "images");
    const bool found = are_of_classes(&masks, &images);
    if (found) {
        Names classes = classes_of(&masks);
        dataset->drawn =
            drawn_new("masks of one class each", "their folders in alphabetical order");
        layout_add_pairs(dataset, &(Pairing){ .images = "images",
                                              .image_extensions = IMAGE_EXTENSIONS,
                                              .kind = MASK_BACKGROUND,
                                              .label = -1 });
        report_orphan_masks(dataset, &masks, &images);
#pragma omp parallel for schedule(dynamic, 16)
        for (int i = 0; i < dataset->count; i++)
            draw_sample(dataset, &dataset->samples[i], &masks, &classes);
        names_free(&classes);
    }
    names_free(&masks);
    names_free(&images);
    return found;
}
