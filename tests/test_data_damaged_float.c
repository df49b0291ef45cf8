/* test_data_damaged_float.c - opening a dataset finds a damaged image, in any part of the split. */
#include "data/dataset.h"
#include "tests/data_trees.h"

enum { IMAGES = 10 };

/* A folder of good images, image `bad` of which lacks the second half of its pixels, and ends as a
 * whole file does. */
static void make_tree(const char *folder, int bad) {
    for (int i = 0; i < IMAGES; i++) {
        const char *image = path_of("%s/images/%d.jpg", folder, i);
        put_sample(image, path_of("%s/masks/%d.png", folder, i), (uint64_t)i, 1);
        if (i != bad) continue;
        size_t count;
        uint8_t *bytes = get_bytes(image, &count);
        const size_t keep = count * 3 / 4;
        bytes[keep - 1] = 0;
        memcpy(bytes + keep, "\xff\xd9", 2);
        put_bytes(image, bytes, keep + 2);
        free(bytes);
    }
}

TEST(data_damaged_images_are_found_at_the_start) {
    for (int bad = 0; bad < IMAGES; bad += 3) {
        const char *folder = test_folder();
        Error error = { "" };
        make_tree(folder, bad);
        Dataset *dataset = dataset_open("folder", folder, NULL, &error);
        CHECK(!dataset && strstr(error.text, path_of("images/%d.jpg: damaged JPEG", bad)));
        dataset_free(dataset);
        const DatasetOptions skip = { .bad_files = BAD_FILES_SKIP };
        dataset = dataset_open("folder", folder, &skip, &error);
        CHECK(dataset && dataset->count == IMAGES - 1 && dataset->problems.count == 1);
        CHECK(dataset && strstr(dataset->problems.lines[0], path_of("images/%d.jpg", bad)));
        dataset_free(dataset);
    }
}
