/* folder_labelme.c - images/ with masks/X.json, the files of LabelMe. */
#include "data/layout/folder.h"

#include "data/files.h"
#include "data/shapes/drawn.h"
#include "data/shapes/labelme.h"
#include "tensor/memory.h"

#include <stdlib.h>

/* A file that cannot be read leaves an empty drawing that says why. */
static Drawing *read_drawing(const char *path) {
    Error line = { "" };
    Drawing *drawing = labelme_read(path, &line);
    if (drawing) return drawing;
    memory_must_suffice(&line);
    drawing = drawing_new("shape");
    drawing->problem = memory_text(line.text);
    return drawing;
}

/* An image in masks/ says something that the shapes do not, or the same twice. */
static void report_images(Dataset *dataset, const char *masks, const char *shapes) {
    Names images = names_in_folder(masks, IMAGE_EXTENSIONS);
    for (int i = 0; i < images.count; i++) {
        Error line;
        error_set(&line,
                  "%s/%s: an image among files of LabelMe, such as %s; expected masks of one form",
                  masks, images.names[i], shapes);
        problems_add(&dataset->problems, line.text);
    }
    names_free(&images);
}

bool folder_add_labelme(Dataset *dataset) {
    char *masks = path_join(dataset->folder, "masks");
    Names files = names_in_folder(masks, "json");
    const bool found = files.count > 0;
    if (found) {
        dataset->drawn = drawn_new("LabelMe files", "the shapes' labels in alphabetical order");
        layout_add_pairs(dataset, &(Pairing){ .images = "images",
                                              .image_extensions = IMAGE_EXTENSIONS,
                                              .masks = "masks",
                                              .mask_extensions = "json",
                                              .kind = MASK_SHAPES,
                                              .label = -1 });
        report_images(dataset, masks, files.names[0]);
#pragma omp parallel for schedule(dynamic, 16)
        for (int i = 0; i < dataset->count; i++)
            dataset->samples[i].drawing = read_drawing(dataset->samples[i].mask);
    }
    names_free(&files);
    free(masks);
    return found;
}
