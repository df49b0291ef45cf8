/* test_data_dataset_float.c - every layout on a generated tree, and every way a tree can be bad. */
#include "data/dataset.h"
#include "tensor/memory.h"
#include "tests/data_trees.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The only problem so far, or "" when there are none or several. */
static const char *only_problem(const Dataset *dataset) {
    return dataset->problems.count == 1 ? dataset->problems.lines[0] : "";
}

static const Sample *sample_named(const Dataset *dataset, const char *name) {
    for (int i = 0; i < dataset->count; i++)
        if (!strcmp(dataset->samples[i].name, name)) return &dataset->samples[i];
    return NULL;
}

/* The label in the middle of a sample, where put_sample's box is; -1 when it cannot be loaded. */
static int middle_label(const Dataset *dataset, const char *name) {
    Image image, labels;
    const Sample *sample = sample_named(dataset, name);
    if (!sample || !dataset_load(dataset, (int)(sample - dataset->samples), &image, &labels, NULL))
        return -1;
    const int label =
        labels
            .pixels[(size_t)(labels.height / 2) * (size_t)labels.width + (size_t)labels.width / 2];
    const bool corner_is_background = labels.pixels[0] == 0;
    const bool sizes_agree = image.width == labels.width && image.height == labels.height &&
                             image.channels == 3 && labels.channels == 1;
    image_free(&image);
    image_free(&labels);
    return corner_is_background && sizes_agree ? label : -1;
}

static Dataset *opened(const char *layout, const char *folder) {
    Error error = { "" };
    Dataset *dataset = dataset_open(layout, folder, NULL, &error);
    if (!dataset) test_fail(__FILE__, __LINE__, "%s", error.text);
    return dataset;
}

static void put_neu_seg(const char *folder) {
    for (int i = 0; i < 6; i++)
        put_sample(path_of("%s/images/training/00%d.jpg", folder, i),
                   path_of("%s/annotations/training/00%d.png", folder, i), (uint64_t)i, i % 4);
    for (int i = 0; i < 2; i++)
        put_sample(path_of("%s/images/test/10%d.jpg", folder, i),
                   path_of("%s/annotations/test/10%d.png", folder, i), 20 + (uint64_t)i, 1 + i);
}

TEST(data_layout_neu_seg) {
    const char *folder = memory_text(test_folder());
    put_neu_seg(folder);
    Dataset *dataset = opened("neu-seg", folder);
    CHECK(dataset && dataset->count == 8 && dataset->problems.count == 0);
    CHECK(dataset->class_count == 4 && !strcmp(dataset->classes[3], "scratches"));
    CHECK(middle_label(dataset, "images/training/003.jpg") == 3);
    CHECK(middle_label(dataset, "images/test/101.jpg") == 2);
    CHECK(sample_named(dataset, "images/training/003.jpg")->release == RELEASE_TRAIN);
    CHECK(sample_named(dataset, "images/test/101.jpg")->release == RELEASE_TEST);
    dataset_free(dataset);
    free((char *)folder);
}

typedef struct Seen {
    int calls, last, count;
    bool rises;
} Seen;

static void see(void *context, int done, int count) {
    Seen *seen = context;
    seen->rises &= done == seen->last + 1;
    seen->last = done, seen->count = count;
    seen->calls++;
}

TEST(data_reading_tells_how_far_it_is) {
    Seen seen = { .rises = true };
    const char *folder = memory_text(test_folder());
    Error error = { "" };
    for (int i = 0; i < 40; i++) {
        Image labels = box_labels(12, 12, 1);
        put_png(path_of("%s/images/%02d.png", folder, i), &labels);
        put_png(path_of("%s/masks/%02d.png", folder, i), &labels);
        image_free(&labels);
    }
    const DatasetOptions options = { .progress = see, .progress_context = &seen };
    Dataset *dataset = dataset_open("folder", folder, &options, &error);
    CHECK(dataset && dataset->count == 40);
    CHECK(seen.calls == 40 && seen.last == 40 && seen.count == 40 && seen.rises);
    dataset_free(dataset);
    free((char *)folder);
}

TEST(data_layout_mt_defect) {
    const char *folder = memory_text(test_folder());
    static const char *const names[] = { "Free", "Blowhole", "Break", "Crack", "Fray", "Uneven" };
    for (int i = 0; i < 6; i++)
        put_sample(path_of("%s/MT_%s/Imgs/x.jpg", folder, names[i]),
                   path_of("%s/MT_%s/Imgs/x.png", folder, names[i]), (uint64_t)i,
                   i == 1 ? 128 : 255);
    put_sample(path_of("%s/MT_Crack/Imgs/dim.jpg", folder),
               path_of("%s/MT_Crack/Imgs/dim.png", folder), 30, 127);
    put_sample(path_of("%s/MT_Free/Imgs/bare.jpg", folder), NULL, 31, 0);
    Image odd = image_new(3, 3, 1);
    put_sample(path_of("%s/MT_Free/Imgs/odd.jpg", folder), NULL, 32, 0);
    put_png(path_of("%s/MT_Free/Imgs/odd.png", folder), &odd);
    Dataset *dataset = opened("mt-defect", folder);
    CHECK(dataset && dataset->count == 9 && dataset->problems.count == 0);
    CHECK(dataset->class_count == 6 && !strcmp(dataset->classes[5], "uneven"));
    for (int i = 0; i < 6; i++) /* a mask in MT_Free does not count */
        CHECK(middle_label(dataset, path_of("MT_%s/Imgs/x.jpg", names[i])) == i);
    CHECK(middle_label(dataset, "MT_Crack/Imgs/dim.jpg") == 0);
    CHECK(middle_label(dataset, "MT_Free/Imgs/bare.jpg") == 0);
    CHECK(middle_label(dataset, "MT_Free/Imgs/odd.jpg") == 0);
    dataset_free(dataset);
    image_free(&odd);
    free((char *)folder);
}

TEST(data_layout_fssd_12) {
    static const char *const names[] = { "Am", "Ia", "Ld", "Op", "Os", "Ws",
                                         "Pa", "Pk", "Ri", "Sc", "Rp", "Se" };
    for (int spelling = 0; spelling < 2; spelling++) {
        const char *folder = memory_text(test_folder());
        test_case("data_layout_fssd_12 %s", spelling ? "la, Nd" : "Ia, Nd/Images");
        for (int i = 0; i < 12; i++) {
            const char *name = spelling && i == 1 ? "la" : names[i];
            put_sample(path_of("%s/Steel_%s/Images/%s_1.jpg", folder, name, name),
                       path_of("%s/Steel_%s/GT/%s_1.png", folder, name, name), (uint64_t)i, 200);
        }
        put_sample(path_of(spelling ? "%s/Nd/n_1.jpg" : "%s/Nd/Images/n_1.jpg", folder), NULL, 40,
                   0);
        Dataset *dataset = opened("fssd-12", folder);
        CHECK(dataset && dataset->count == 13 && dataset->problems.count == 0);
        CHECK(dataset->class_count == 13 && !strcmp(dataset->classes[12], "Se"));
        CHECK(middle_label(dataset, spelling ? "Steel_la/Images/la_1.jpg"
                                             : "Steel_Ia/Images/Ia_1.jpg") == 2);
        CHECK(middle_label(dataset, "Steel_Se/Images/Se_1.jpg") == 12);
        CHECK(middle_label(dataset, spelling ? "Nd/n_1.jpg" : "Nd/Images/n_1.jpg") == 0);
        dataset_free(dataset);
        free((char *)folder);
    }
}

TEST(data_layout_ucf_el) {
    const char *folder = memory_text(test_folder());
    put_sample(path_of("%s/images/training/a.jpg", folder),
               path_of("%s/annotations/training/a.png", folder), 1, 2);
    put_sample(path_of("%s/images/validation/b.jpg", folder),
               path_of("%s/annotations/validation/b.png", folder), 2, 1);
    Dataset *dataset = opened("ucf-el", folder);
    CHECK(dataset && dataset->count == 2 && dataset->class_count == 3);
    CHECK(!strcmp(dataset->classes[0], "background") && !strcmp(dataset->classes[2], "class 2"));
    CHECK(middle_label(dataset, "images/training/a.jpg") == 2);
    CHECK(middle_label(dataset, "images/validation/b.jpg") == 1);
    CHECK(sample_named(dataset, "images/training/a.jpg")->release == RELEASE_TRAIN);
    CHECK(sample_named(dataset, "images/validation/b.jpg")->release == RELEASE_TEST);
    dataset_free(dataset);
    put_sample(path_of("%s/images/validation/b.jpg", folder),
               path_of("%s/annotations/validation/b.png", folder), 2, 5);
    const char *names = "cell\r\ncrack\nfinger\n"; /* label 5 is out of range */
    put_bytes(path_of("%s/classes.txt", folder), names, strlen(names));
    dataset = opened("ucf-el", folder);
    CHECK(dataset && dataset->count == 1 && dataset->class_count == 3);
    CHECK(!strcmp(dataset->classes[0], "cell") && !strcmp(dataset->classes[2], "finger"));
    CHECK(strstr(only_problem(dataset), "validation/b.png") &&
          strstr(only_problem(dataset), "label 5"));
    dataset_free(dataset);
    free((char *)folder);
}

TEST(data_layout_folder) {
    const char *folder = memory_text(test_folder());
    Image picture = scene_image(40, 32, 3), labels = box_labels(40, 32, 2);
    put_png(path_of("%s/images/one.PNG", folder), &picture);
    labels.pixels[1] = 1; /* or 2 would be a label after a gap */
    put_png(path_of("%s/masks/one.png", folder), &labels);
    labels.pixels[1] = 0;
    put_jpeg(path_of("%s/images/t.w.o.jpeg", folder), &picture, 90);
    put_png(path_of("%s/masks/t.w.o.png", folder), &labels);
    Dataset *dataset = opened("folder", folder);
    CHECK(dataset && dataset->count == 2 && dataset->class_count == 3);
    CHECK(middle_label(dataset, "images/one.PNG") == 2);
    CHECK(middle_label(dataset, "images/t.w.o.jpeg") == 2);
    dataset_free(dataset);
    /* black and white masks: one class */
    for (size_t i = 0; i < image_bytes(&labels); i++) labels.pixels[i] = labels.pixels[i] ? 255 : 0;
    put_png(path_of("%s/masks/one.png", folder), &labels);
    put_png(path_of("%s/masks/t.w.o.png", folder), &labels);
    dataset = opened("folder", folder);
    CHECK(dataset && dataset->class_count == 2 && middle_label(dataset, "images/one.PNG") == 1);
    CHECK(middle_label(dataset, "images/t.w.o.jpeg") == 1);
    dataset_free(dataset);
    image_free(&picture);
    image_free(&labels);
    free((char *)folder);
}

TEST(data_layout_synth) {
    Error error = { "" };
    const DatasetOptions options = { .synth_count = 5, .synth_size = 48, .synth_seed = 3 };
    Dataset *dataset = dataset_open("synth", NULL, &options, &error);
    Image image, labels;
    CHECK(dataset && dataset->count == 5 && dataset->class_count == 4);
    CHECK(dataset_load(dataset, 4, &image, &labels, &error));
    CHECK(image.width == 48 && image.height == 48 && labels.channels == 1);
    image_free(&image);
    image_free(&labels);
    CHECK(dataset_load_labels(dataset, 4, &labels, &error) && labels.width == 48);
    image_free(&labels);
    dataset_free(dataset);
}

/* --- bad trees: each is a good neu-seg tree with one fault --- */

static void spoil_truncated_image(const char *folder) {
    const char *path = path_of("%s/images/training/002.jpg", folder);
    put_truncated(path, path, 500);
}

static void spoil_truncated_mask(const char *folder) {
    const char *path = path_of("%s/annotations/training/002.png", folder);
    put_truncated(path, path, 60);
}

static void spoil_mask_size(const char *folder) {
    Image labels = box_labels(39, 32, 1);
    put_png(path_of("%s/annotations/training/002.png", folder), &labels);
    image_free(&labels);
}

static void spoil_missing_mask(const char *folder) {
    unlink(path_of("%s/annotations/training/002.png", folder));
}

static void spoil_missing_image(const char *folder) {
    unlink(path_of("%s/images/training/002.jpg", folder));
}

static void spoil_empty_image(const char *folder) {
    put_bytes(path_of("%s/images/training/002.jpg", folder), "", 0);
}

static void spoil_text_for_mask(const char *folder) {
    put_bytes(path_of("%s/annotations/training/002.png", folder), "none", 4);
}

TEST(data_bad_files_are_named_and_skipped_or_refused) {
    static const struct {
        void (*spoil)(const char *folder);
        const char *file, *why;
    } cases[] = {
        { spoil_truncated_image, "images/training/002.jpg", "truncated JPEG" },
        { spoil_truncated_mask, "annotations/training/002.png", "truncated PNG" },
        { spoil_mask_size, "annotations/training/002.png",
          "39 x 32 pixels; its image has 40 x 32" },
        { spoil_missing_mask, "images/training/002.jpg", "no mask" },
        { spoil_missing_image, "annotations/training/002.png", "without an image" },
        { spoil_empty_image, "images/training/002.jpg", "empty" },
        { spoil_text_for_mask, "annotations/training/002.png", "not an image" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *folder = memory_text(test_folder());
        put_neu_seg(folder);
        cases[i].spoil(folder);
        test_case("data_bad_files %s", cases[i].why);
        Dataset *dataset = opened("neu-seg", folder);
        CHECK(dataset && dataset->count == 7);
        CHECK(!sample_named(dataset, "images/training/002.jpg"));
        CHECK(strstr(only_problem(dataset), cases[i].file));
        CHECK(strstr(only_problem(dataset), cases[i].why));
        dataset_free(dataset);
        Error error = { "" };
        const DatasetOptions refuse = { .bad_files = BAD_FILES_REFUSE };
        dataset = dataset_open("neu-seg", folder, &refuse, &error);
        CHECK(!dataset && strstr(error.text, cases[i].file) && strstr(error.text, cases[i].why));
        dataset_free(dataset);
        free((char *)folder);
    }
}

TEST(data_label_out_of_range) {
    const char *folder = memory_text(test_folder());
    put_neu_seg(folder);
    Image labels = box_labels(40, 32, 4), image;
    Dataset *before = opened("neu-seg", folder);
    put_png(path_of("%s/annotations/training/002.png", folder), &labels);
    image_free(&labels);
    Dataset *dataset = opened("neu-seg", folder);
    CHECK(dataset && dataset->count == 7);
    CHECK(
        strstr(only_problem(dataset), "002.png: label 4 (it holds 2 values: 0 (86.9%), 4 (13.1%"));
    dataset_free(dataset);
    Error error = { "" }; /* a mask that has changed since */
    CHECK(!dataset_load(before, 2, &image, &labels, &error) && !image.pixels && !labels.pixels);
    CHECK(strstr(error.text, "002.png: label 4 at x 13, y 10; expected 0..3, by neu-seg"));
    dataset_free(before);
    labels = box_labels(40, 32, LABEL_IGNORE); /* ignored, if the option says so */
    put_png(path_of("%s/annotations/training/002.png", folder), &labels);
    image_free(&labels);
    const DatasetOptions ignoring = { .ignores = true, .ignore_label = 255 };
    dataset = dataset_open("neu-seg", folder, &ignoring, &error);
    CHECK(middle_label(dataset, "images/training/002.jpg") == LABEL_IGNORE);
    dataset_free(dataset);
    CHECK(!dataset_open("neu-seg", folder, NULL, &error));
    CHECK(strstr(error.text, "training/002.png holds 2 values") && strstr(error.text, "ignore"));
    free((char *)folder);
}

TEST(data_empty_and_wrong_folders) {
    const char *folder = memory_text(test_folder());
    static const char *const layouts[] = { "neu-seg", "mt-defect", "fssd-12", "ucf-el", "folder" };
    for (int i = 0; i < 5; i++) {
        Error error = { "" };
        test_case("data_empty_folder %s", layouts[i]);
        CHECK(!dataset_open(layouts[i], folder, NULL, &error));
        CHECK(strstr(error.text, folder) && strchr(error.text, '/') && !strchr(error.text, '\n'));
        error.text[0] = '\0';
        CHECK(!dataset_open(layouts[i], path_of("%s/none", folder), NULL, &error));
        CHECK(strstr(error.text, "none: no such folder") && strstr(error.text, "expects"));
        CHECK(!dataset_open(layouts[i], NULL, NULL, &error));
    }
    test_case("data_unknown_dataset");
    Error error = { "" };
    CHECK(!dataset_open("neu_seg", folder, NULL, &error));
    CHECK(strstr(error.text, "neu_seg") && strstr(error.text, "neu-seg, mt-defect, fssd-12"));
    free((char *)folder);
}

TEST(data_folder_refuses_what_it_cannot_read) {
    const char *folder = memory_text(test_folder());
    Error error = { "" };
    put_sample(path_of("%s/images/a.jpg", folder), path_of("%s/masks/a.png", folder), 1, 1);
    put_sample(path_of("%s/images/b.jpg", folder), NULL, 2, 1);
    CHECK(!dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "images/b.jpg: no mask"));
    put_sample(path_of("%s/images/b.jpg", folder), path_of("%s/masks/b.png", folder), 2, 0);
    put_sample(path_of("%s/images/b.bmp", folder), NULL, 2, 0);
    CHECK(!dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "b.jpg: another image has the same stem"));
    unlink(path_of("%s/images/b.bmp", folder));
    put_bytes(path_of("%s/classes.txt", folder), "metal\n\nhole\n", 12);
    CHECK(!dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "classes.txt line 3: a class after an empty line"));
    put_bytes(path_of("%s/classes.txt", folder), "metal\nho\033le\n", 12);
    CHECK(!dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "classes.txt line 2: the name holds the control character U+001B"));
    put_bytes(path_of("%s/classes.txt", folder), "met\0al\nhole\n", 12);
    CHECK(!dataset_open("folder", folder, NULL, &error) &&
          strstr(error.text, "line 1: a zero byte"));
    char long_names[300]; /* read in two pieces it would shift the labels after it */
    memset(long_names, 'x', sizeof long_names);
    memcpy(long_names + sizeof long_names - 6, "\nhole\n", 6);
    put_bytes(path_of("%s/classes.txt", folder), long_names, sizeof long_names);
    CHECK(!dataset_open("folder", folder, NULL, &error) && strstr(error.text, "longer than 254"));
    put_bytes(path_of("%s/classes.txt", folder), "metal\n", 6);
    CHECK(!dataset_open("folder", folder, NULL, &error) && strstr(error.text, "classes.txt"));
    unlink(path_of("%s/classes.txt", folder));
    Dataset *dataset = opened("folder", folder);
    CHECK(dataset && dataset->count == 2 && dataset->class_count == 2);
    dataset_free(dataset);
    put_sample(path_of("%s/images/a.jpg", folder), path_of("%s/masks/a.png", folder), 1, 0);
    CHECK(!dataset_open("folder", folder, NULL, &error) && strstr(error.text, "no mask holds"));
    free((char *)folder);
}

/* The real releases, where they are at hand. */
TEST(data_real_releases) {
    static const struct {
        const char *layout, *folder;
        int least;
    } releases[] = { { "neu-seg", "../shared/data/neu-seg", 3000 },
                     { "mt-defect", "../shared/data/mt-defect", 900 } };
    for (int i = 0; i < 2; i++) {
        if (!folder_exists(releases[i].folder)) continue;
        Dataset *dataset = opened(releases[i].layout, releases[i].folder);
        CHECK(dataset && dataset->count >= releases[i].least && dataset->problems.count == 0);
        Image image, labels;
        for (int k = 0; dataset && k < 40; k++) {
            const int index = (int)((long)k * dataset->count / 40);
            CHECK(dataset_load(dataset, index, &image, &labels, NULL));
            image_free(&image);
            image_free(&labels);
        }
        dataset_free(dataset);
    }
}
