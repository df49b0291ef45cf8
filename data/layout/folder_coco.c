/* folder_coco.c - images/ with annotations.json, a file of COCO. */
#include "data/layout/folder.h"

#include "data/files.h"
#include "data/shapes/coco.h"
#include "data/shapes/drawn.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* A problem: "PATH: what". */
static void report(Dataset *dataset, const char *path, const char *before, const char *name,
                   const char *after) {
    Error line;
    error_set(&line, "%s: %s '%s'%s", path, before, name, after);
    problems_add(&dataset->problems, line.text);
}

/* The background, and the categories by their ids. */
static void name_classes(Drawn *drawn, const Coco *coco) {
    char *names[CLASSES_MAX] = { "background" };
    int count = 1;
    for (int i = 0; i < coco->category_count && count < CLASSES_MAX; i++)
        if (strcmp(coco->categories[i].name, names[0]) != 0)
            names[count++] = coco->categories[i].name;
    drawn_call(drawn, names, count);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const CocoImage *)a)->name, ((const CocoImage *)b)->name);
}

/* The image of a file_name "a.png" or "images/a.png", where the sample's name is "images/a.png". */
static CocoImage *find(const Coco *coco, const char *name) {
    CocoImage wanted = { .name = (char *)name };
    CocoImage *found = coco->image_count == 0
                           ? NULL
                           : bsearch(&wanted, coco->images, (size_t)coco->image_count,
                                     sizeof wanted, compare_names);
    if (found || strncmp(name, "images/", 7) != 0) return found;
    return find(coco, name + 7);
}

/* An image that the file does not list has an empty drawing that says so. */
static Drawing *take_drawing(Dataset *dataset, const Sample *sample, Coco *coco) {
    CocoImage *image = find(coco, sample->name);
    Drawing *drawing = image ? image->drawing : NULL;
    if (drawing) {
        image->drawing = NULL;
        return drawing;
    }
    Error line;
    error_set(&line, "%s/%s: %s lists no image of this name", dataset->folder, sample->name,
              sample->mask);
    drawing = drawing_new("annotation");
    drawing->problem = memory_text(line.text);
    return drawing;
}

static void add_images(Dataset *dataset, const char *path, Coco *coco) {
    if (coco->image_count > 1)
        qsort(coco->images, (size_t)coco->image_count, sizeof *coco->images, compare_names);
    for (int i = 1; i < coco->image_count; i++)
        if (!strcmp(coco->images[i - 1].name, coco->images[i].name))
            report(dataset, path, "two images are called", coco->images[i].name, "");
    layout_add_pairs(dataset, &(Pairing){ .images = "images",
                                          .image_extensions = IMAGE_EXTENSIONS,
                                          .kind = MASK_BACKGROUND,
                                          .label = -1 });
    for (int i = 0; i < dataset->count; i++) {
        Sample *sample = &dataset->samples[i];
        sample->mask_kind = MASK_SHAPES;
        sample->mask = memory_text(path);
        sample->drawing = take_drawing(dataset, sample, coco);
    }
    for (int i = 0; i < coco->image_count; i++)
        if (coco->images[i].drawing)
            report(dataset, path, "the image", coco->images[i].name, " is not in images/");
}

bool folder_add_coco(Dataset *dataset) {
    char *path = path_join(dataset->folder, "annotations.json");
    const bool found = file_exists(path);
    if (found) {
        Error error = { "" };
        Coco *coco = coco_read(path, &error);
        dataset->drawn = drawn_new("annotations of COCO", "the categories' ids");
        if (coco) {
            name_classes(dataset->drawn, coco);
            add_images(dataset, path, coco);
        } else {
            memory_must_suffice(&error);
            problems_add(&dataset->problems, error.text);
        }
        coco_free(coco);
    }
    free(path);
    return found;
}
