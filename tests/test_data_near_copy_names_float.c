/* test_data_near_copy_names_float.c - the oddities of UCF-EL and FSSD-12: names that hold blanks, plus
 * signs and dots, and images that appear again, processed or turned, under another name or in another
 * part. */
#include "data/image/resize.h"
#include "data/split/split.h"
#include "data/split/split_list.h"
#include "tests/data_trees.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS = 12 };

/* Cell i as UCF-EL has it, and again, brighter, as an output of the other part. */
static const char *cell_name(int i, bool again) {
    return path_of(again ? "Panel 3 (%d) +1.5V_output_%d.0" : "Panel 3 (%d) +1.5V.%d", i, i % 3);
}

static void put_cell(const char *folder, int i, bool again) {
    Image picture = scene_image(60, 60, 200 + (uint64_t)i), labels = box_labels(60, 60, 1 + i % 2);
    const char *part = (i % 4 == 0) != again ? "validation" : "training";
    for (size_t k = 0; again && k < image_bytes(&picture); k++)
        picture.pixels[k] = (uint8_t)(picture.pixels[k] * 4 / 5 + 20);
    const char *name = cell_name(i, again);
    put_jpeg(path_of("%s/images/%s/%s.jpg", folder, part, name), &picture, again ? 60 : 95);
    put_png(path_of("%s/annotations/%s/%s.png", folder, part, name), &labels);
    image_free(&picture);
    image_free(&labels);
}

static const Sample *sample_that_holds(const Dataset *dataset, const char *name) {
    for (int i = 0; i < dataset->count; i++)
        if (strstr(dataset->samples[i].name, name)) return &dataset->samples[i];
    return NULL;
}

TEST(data_ucf_el_names_and_outputs) {
    const char *folder = memory_text(test_folder());
    Error error = { "" };
    for (int i = 0; i < CELLS; i++) {
        put_cell(folder, i, false);
        put_cell(folder, i, true);
    }
    Dataset *dataset = dataset_open("ucf-el", folder, NULL, &error);
    CHECK(dataset && dataset->count == 2 * CELLS && dataset->problems.count == 0);
    int leaks = 0;
    CHECK(split_dataset(dataset, SPLIT_OFFICIAL, 1, &error));
    for (int i = 0; i < CELLS; i++)
        leaks += sample_that_holds(dataset, cell_name(i, false))->part == PART_TEST ||
                 sample_that_holds(dataset, cell_name(i, true))->part == PART_TEST;
    CHECK(leaks == CELLS); /* the release tests on a copy of every cell that it trains on */
    CHECK(split_dataset(dataset, SPLIT_SCENE, 1, &error));
    for (int i = 0; i < CELLS; i++) {
        const Sample *cell = sample_that_holds(dataset, cell_name(i, false));
        const Sample *output = sample_that_holds(dataset, cell_name(i, true));
        CHECK(cell && output && cell != output && cell->scene == output->scene);
        CHECK(cell->part == output->part);
    }
    /* A list of these names is read as it was written. */
    const char *list = memory_text(path_of("%s/split.txt", folder));
    const uint64_t digest = split_digest(dataset);
    CHECK(split_list_write(dataset, list, &error));
    CHECK(split_dataset(dataset, SPLIT_OFFICIAL, 1, &error) && split_digest(dataset) != digest);
    CHECK(split_list_read(dataset, list, &error) && split_digest(dataset) == digest);
    dataset_free(dataset);
    free((char *)list);
    free((char *)folder);
}

/* Folder Ia may be spelt la, here with its images turned; Nd holds normal images, one of them twice. */
TEST(data_fssd_12_scenes_cross_folders) {
    static const char *const names[] = { "Am", "la", "Ld", "Op", "Os", "Ws",
                                         "Pa", "Pk", "Ri", "Sc", "Rp", "Se" };
    const char *folder = memory_text(test_folder());
    Error error = { "" };
    for (int i = 0; i < 12; i++)
        for (int copy = 0; copy < 2; copy++) {
            Image picture = scene_image(60, 60, 300 + (uint64_t)i);
            Image labels = box_labels(60, 60, 255), turned = image_turn(&picture, 3 * copy);
            put_jpeg(path_of("%s/Steel_%s/Images/%s_%d.jpg", folder, names[i], names[i], copy),
                     &turned, 80);
            put_png(path_of("%s/Steel_%s/GT/%s_%d.png", folder, names[i], names[i], copy), &labels);
            if (i == 4) /* a defect that someone filed under the normal ones too */
                put_jpeg(path_of("%s/Nd/Images/Nd_%d.jpg", folder, copy), &picture, 70);
            image_free(&picture);
            image_free(&labels);
            image_free(&turned);
        }
    Dataset *dataset = dataset_open("fssd-12", folder, NULL, &error);
    CHECK(dataset && dataset->count == 26 && dataset->problems.count == 0);
    CHECK(split_dataset(dataset, SPLIT_SCENE, 2, &error));
    for (int i = 0; i < 12; i++) {
        const Sample *first = sample_that_holds(dataset, path_of("%s_0.jpg", names[i]));
        const Sample *second = sample_that_holds(dataset, path_of("%s_1.jpg", names[i]));
        CHECK(first && second && first->scene == second->scene && first->part == second->part);
    }
    CHECK(sample_that_holds(dataset, "Nd_0.jpg")->scene ==
          sample_that_holds(dataset, "Os_1.jpg")->scene);
    CHECK(sample_that_holds(dataset, "Nd_1.jpg")->part ==
          sample_that_holds(dataset, "Os_0.jpg")->part);
    dataset_free(dataset);
    free((char *)folder);
}
