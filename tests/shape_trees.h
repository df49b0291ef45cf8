/* shape_trees.h - folders whose masks are shapes, and what the library makes of them. */
#ifndef TESTS_SHAPE_TREES_H
#define TESTS_SHAPE_TREES_H

#include "data/dataset.h"
#include "tests/data_trees.h"

#include <string.h>

static inline void put_text(const char *path, const char *text) {
    put_bytes(path, text, strlen(text));
}

static inline void put_picture(const char *folder, const char *name, int width, int height) {
    Image picture = scene_image(width, height, (uint64_t)name[0]);
    put_png(path_of("%s/images/%s", folder, name), &picture);
    image_free(&picture);
}

/* The labels of sample `index`, a digit a pixel and a line a row; or the error. */
static inline const char *mask_text(const Dataset *dataset, int index) {
    static char text[1024];
    Image labels;
    Error error = { "" };
    if (!dataset_load_labels(dataset, index, &labels, &error)) {
        snprintf(text, sizeof text, "%s", error.text);
        return text;
    }
    char *out = text;
    for (int y = 0; y < labels.height; y++) {
        for (int x = 0; x < labels.width; x++)
            *out++ = (char)('0' + labels.pixels[y * labels.width + x]);
        *out++ = '\n';
    }
    *out = '\0';
    image_free(&labels);
    return text;
}

/* What the labels were understood to be; or the error. */
static inline const char *opened(const char *folder, const DatasetOptions *options) {
    static char text[1024];
    Error error = { "" };
    Dataset *dataset = dataset_open("folder", folder, options, &error);
    if (!dataset) return snprintf(text, sizeof text, "%s", error.text), text;
    dataset_describe_labels(dataset, text, sizeof text);
    dataset_free(dataset);
    return text;
}

#define CHECK_SAYS(folder, options, part)                                                         \
    do {                                                                                          \
        const char *said = opened(folder, options);                                               \
        if (!strstr(said, part)) test_fail(__FILE__, __LINE__, "'%s' is not in: %s", part, said); \
    } while (0)

static inline void check_mask(const Dataset *dataset, int index, const char *wanted) {
    const char *found = dataset ? mask_text(dataset, index) : "no dataset";
    if (strcmp(found, wanted) != 0)
        test_fail(__FILE__, __LINE__, "expected\n%sfound\n%s", wanted, found);
}

static inline Dataset *open_folder(const char *folder) {
    Error error = { "" };
    Dataset *dataset = dataset_open("folder", folder, NULL, &error);
    if (!dataset) test_fail(__FILE__, __LINE__, "%s", error.text);
    return dataset;
}

#endif
