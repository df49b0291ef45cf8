/* test_data_labels_float.c - the meaning of mask values comes from the data or the user; it is
 * never guessed. */
#include "data/dataset.h"
#include "tensor/memory.h"
#include "tests/data_trees.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sample `name` of a dataset `folder`: an image, and a mask of even stripes of the values. */
static void put_values(const char *folder, const char *name, const int *values, int count) {
    Image picture = scene_image(40, 32, (uint64_t)name[0]), mask = image_new(40, 32, 1);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 40; x++)
            mask.pixels[y * 40 + x] = (uint8_t)values[(y * 40 + x) * count / (32 * 40)];
    put_jpeg(path_of("%s/images/%s.jpg", folder, name), &picture, 90);
    put_png(path_of("%s/masks/%s.png", folder, name), &mask);
    image_free(&picture);
    image_free(&mask);
}

/* A mask is a list of values that ends with -1; the masks of a set are a, b, c ... */
enum { MASKS_MAX = 4, VALUES_MAX = 8 };

typedef struct LabelCase {
    int masks[MASKS_MAX][VALUES_MAX];
    const char *names; /* classes.txt, or NULL */
    int threshold, ignore;
    int classes;         /* expected; 0: refused */
    const char *text[3]; /* all in the error, or in the line that describes the labels */
} LabelCase;

static void put_masks(const char *folder, const int masks[MASKS_MAX][VALUES_MAX]) {
    for (int m = 0; m < MASKS_MAX && masks[m][0] != masks[m][1]; m++) {
        int count = 0;
        while (masks[m][count] >= 0) count++;
        put_values(folder, (char[2]){ (char)('a' + m), 0 }, masks[m], count);
    }
}

static const LabelCase label_cases[] = {
    /* labels from 0 up */
    { { { 0, 1, -1 }, { 0, 2, -1 } }, NULL, 0, -1, 3, { "1 class 1 25%, 2 class 2 25%" } },
    { { { 0, 1, 2, 255, -1 } }, NULL, 0, -1, 3, { "255 is ignored, 25%" } },
    { { { 0, 1, 255, -1 }, { 0, -1 } }, "metal\nhole\n", 0, -1, 2, { "1 hole", "255 is ignored" } },
    /* white is a defect where nothing else is one */
    { { { 0, 255, -1 }, { 0, -1 } }, NULL, 0, -1, 2, { "1 class 1 (value 255) 25%" } },
    { { { 0, 255, -1 } }, "metal\nhole\n", 0, -1, 2, { "1 hole (value 255) 50%" } },
    { { { 0, 255, -1 } },
      "a\nb\nc\n",
      0,
      -1,
      0,
      { "a.png holds 2 values", "ignore_label 255", "3 classes" } },
    { { { 0, 255, -1 } }, "a\nb\nc\n", 0, 255, 3, { "255 is ignored, 50%" } },
    /* gaps */
    { { { 0, 128, -1 } },
      NULL,
      0,
      -1,
      0,
      { "a.png holds 2 values: 0 (50%), 128 (50%)", "classes.txt", "mask_threshold" } },
    { { { 0, 1, 3, -1 } }, NULL, 0, -1, 0, { "a.png holds 3 values", "without a gap" } },
    { { { 1, 2, -1 } },
      NULL,
      0,
      -1,
      0,
      { "a.png holds 2 values: 1 (50%), 2 (50%)", "without a gap" } },
    { { { 0, 128, 255, -1 } }, NULL, 0, -1, 0, { "a.png holds 3 values", "without a gap" } },
    { { { 0, 1, 3, -1 } }, "a\nb\nc\nd\n", 0, -1, 4, { "2 c 0%" } },
    /* one set, two conventions */
    { { { 0, 255, -1 }, { 0, 255, -1 }, { 0, 1, -1 } },
      NULL,
      0,
      -1,
      0,
      { "two conventions", "in 2 (", "c.png holds 2 values: 0 (50%), 1 (50%)" } },
    { { { 0, 255, -1 }, { 0, 255, -1 }, { 0, 1, -1 } },
      NULL,
      1,
      -1,
      2,
      { "1 class 1 50%", "values from 1 up" } },
    { { { 0, 255, -1 }, { 0, 1, -1 } },
      NULL,
      0,
      255,
      2,
      { "1 class 1 25%", "255 is ignored, 25%" } },
    { { { 0, 255, -1 }, { 0, 1, 255, -1 } },
      NULL,
      0,
      -1,
      0,
      { "two conventions", "a.png", "b.png" } },
    { { { 0, 1, -1 }, { 0, 128, -1 } },
      NULL,
      0,
      -1,
      0,
      { "b.png holds 2 values", "a.png holds 2 values", "gap" } },
    { { { 0, 255, -1 }, { 0, 128, -1 } }, NULL, 0, -1, 0, { "two conventions", "a.png", "b.png" } },
    /* thresholds */
    { { { 0, 60, 128, 255, -1 } },
      NULL,
      128,
      -1,
      2,
      { "1 class 1 50%", "values from 128 up are the defect" } },
    { { { 0, 127, -1 } }, NULL, 128, -1, 0, { "from 128 up", "the largest is 127", "a.png" } },
    { { { 0, -1 } }, NULL, 128, -1, 0, { "no mask holds a defect" } },
    { { { 0, 60, 255, -1 } }, "metal\nhole\n", 60, 255, 2, { "1 hole 33.4%", "255 is ignored" } },
    { { { 0, 60, -1 } },
      "a\nb\nc\n",
      60,
      -1,
      0,
      { "mask_threshold 60", "classes.txt", "3 classes" } },
    { { { 0, 60, 255, -1 } }, NULL, 128, 255, 0, { "from 128 up", "the largest is 60" } },
    /* values with names */
    { { { 0, 255, -1 } },
      "0: metal\n85: hole\n",
      0,
      -1,
      0,
      { "a.png holds 2 values", "ignore_label 255", "2 classes" } },
    { { { 0, 85, 255, -1 } },
      "0: metal\n85: hole\n255:dent\n",
      0,
      -1,
      3,
      { "1 hole (value 85) 33.4%", "2 dent (value 255)" } },
    { { { 0, 255, -1 } },
      "255: metal\n0: hole\n",
      0,
      -1,
      2,
      { "0 metal (value 255) 50%, 1 hole (value 0) 50%" } },
    { { { 0, 85, 7, -1 } },
      "0: metal\n85: hole\n",
      0,
      -1,
      0,
      { "a.png: label 7", "expected 0, 85, by classes.txt", "holds 3 values" } },
    { { { 0, 1, -1 } }, "metal\nhole\n", 0, 1, 0, { "value 1 is ignored", "'hole'" } },
    /* nothing to learn */
    { { { 0, -1 } }, NULL, 0, -1, 0, { "no mask holds a defect" } },
    { { { 0, 255, -1 } }, NULL, 0, 255, 0, { "no mask holds a defect" } },
    { { { 0, 1, -1 } }, NULL, 0, 0, 0, { "without a gap" } },
};

TEST(data_labels_are_not_guessed) {
    for (size_t i = 0; i < sizeof label_cases / sizeof *label_cases; i++) {
        const LabelCase *row = &label_cases[i];
        const char *folder = memory_text(test_folder());
        char line[512] = "";
        Error error = { "" };
        test_case("data_labels row %zu: %s", i, row->text[0]);
        put_masks(folder, row->masks);
        if (row->names)
            put_bytes(path_of("%s/classes.txt", folder), row->names, strlen(row->names));
        const DatasetOptions options = { .mask_threshold = row->threshold,
                                         .ignores = row->ignore >= 0,
                                         .ignore_label = row->ignore };
        Dataset *dataset = dataset_open("folder", folder, &options, &error);
        CHECK((dataset ? dataset->class_count : 0) == row->classes);
        if (dataset) dataset_describe_labels(dataset, line, sizeof line);
        for (int k = 0; k < 3 && row->text[k]; k++)
            if (!strstr(dataset ? line : error.text, row->text[k]))
                test_fail(__FILE__, __LINE__, "'%s' is not in: %s", row->text[k],
                          dataset ? line : error.text);
        dataset_free(dataset);
        free((char *)folder);
    }
}

/* Pixel by pixel, and the most frequent defect of each mask. */
TEST(data_labels_are_loaded_by_the_rule) {
    static const int masks[MASKS_MAX][VALUES_MAX] = { { 0, 85, 255, 9, -1 }, { 0, 255, 255, -1 } };
    static const int expected[4] = { 0, 2, 1, LABEL_IGNORE };
    const char *folder = memory_text(test_folder()), *names = "0: metal\n255: hole\n85: dent\n";
    put_masks(folder, masks);
    put_bytes(path_of("%s/classes.txt", folder), names, strlen(names));
    const DatasetOptions options = { .ignores = true, .ignore_label = 9 };
    Dataset *dataset = dataset_open("folder", folder, &options, NULL);
    Image labels;
    CHECK(dataset && dataset_load_labels(dataset, 0, &labels, NULL));
    for (int k = 0; k < 4; k++) CHECK(labels.pixels[k * 320 + 5] == expected[k]);
    CHECK(dataset->samples[1].label == 1);
    image_free(&labels);
    dataset_free(dataset);
    free((char *)folder);
}

/* A mask whose rows are bands of 10 lines of these colours, and its image. */
static void put_coloured(const char *folder, const char *name, const uint8_t colours[][3],
                         int count, bool palette) {
    enum { SIDE = 32 };
    Image image = scene_image(SIDE, 10 * count, 5), mask = image_new(SIDE, 10 * count, 3);
    uint8_t *rows = memory_new((size_t)(SIDE * 10 * count), 1);
    for (int i = 0; i < SIDE * 10 * count; i++) {
        rows[i] = (uint8_t)(i / (10 * SIDE));
        memcpy(mask.pixels + 3 * i, colours[rows[i]], 3);
    }
    put_png(path_of("%s/images/%s.png", folder, name), &image);
    const char *path = path_of("%s/masks/%s.png", folder, name);
    put_png(path, &mask);
    if (palette) put_raw_png(path, SIDE, 10 * count, 8, 3, rows, SIDE, colours[0], count);
    image_free(&image);
    image_free(&mask);
    free(rows);
}

/* By classes.txt, whatever the order of a palette. */
TEST(data_labels_of_masks_in_colour) {
    static const uint8_t colours[4][3] = {
        { 0, 255, 0 }, { 10, 10, 10 }, { 255, 0, 0 }, { 1, 2, 3 }
    };
    const char *names = "#0a0a0a: metal\n#FF0000: hole\n#00ff00: dent\n";
    const char *folder = memory_text(test_folder());
    char line[512];
    put_coloured(folder, "a", colours, 3, false);
    put_coloured(folder, "b", colours, 3, true);
    put_bytes(path_of("%s/classes.txt", folder), names, strlen(names));
    Error error = { "" };
    Dataset *dataset = dataset_open("folder", folder, NULL, &error);
    if (!dataset) test_fail(__FILE__, __LINE__, "%s", error.text);
    CHECK(strstr(dataset_describe_labels(dataset, line, sizeof line),
                 "0 metal (#0a0a0a) 33.3%, 1 hole (#ff0000) 33.3%, 2 dent (#00ff00)"));
    for (int i = 0; i < 2; i++) {
        Image labels;
        CHECK(dataset_load_labels(dataset, i, &labels, NULL) && labels.channels == 1);
        CHECK(labels.pixels[0] == 2 && labels.pixels[10 * 32] == 0 && labels.pixels[20 * 32] == 1);
        image_free(&labels);
    }
    dataset_free(dataset);
    put_coloured(folder, "c", colours, 4, false);
    CHECK(!dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "c.png: the colour #010203 at x 0, y 30; classes.txt names 3"));
    remove(path_of("%s/classes.txt", folder));
    CHECK(!dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "a mask in colour") && strstr(error.text, "'#RRGGBB: NAME'"));
    free((char *)folder);
}

/* A good image in a black and white set counts as good in the split. */
TEST(data_labels_know_good_pictures) {
    static const int masks[MASKS_MAX][VALUES_MAX] = { { 0, 255, -1 }, { 0, -1 } };
    for (int threshold = 0; threshold <= 128; threshold += 128) {
        const char *folder = memory_text(test_folder());
        put_masks(folder, masks);
        const DatasetOptions options = { .mask_threshold = threshold };
        Dataset *dataset = dataset_open("folder", folder, &options, NULL);
        CHECK(dataset && dataset->samples[0].label == 1 && dataset->samples[1].label == 0);
        dataset_free(dataset);
        free((char *)folder);
    }
}

/* Smooth edges: every value from 0 to 255, which are not 255 defects. */
TEST(data_labels_refuse_grey_pictures) {
    const char *folder = memory_text(test_folder());
    Image picture = scene_image(40, 32, 1), mask = image_new(40, 32, 1);
    Error error = { "" };
    put_jpeg(path_of("%s/images/a.jpg", folder), &picture, 90);
    for (int most = 255; most >= 128; most -= 127) {
        for (int i = 0; i < 40 * 32; i++)
            mask.pixels[i] = (uint8_t)(i < 640 ? 0 : i - 640 < most ? i - 640 : most);
        put_png(path_of("%s/masks/a.png", folder), &mask);
        CHECK(!dataset_open("folder", folder, NULL, &error));
        CHECK(strstr(error.text, path_of("a.png holds %d values: 0 (50.1%%)", most + 1)));
        CHECK(strstr(error.text, "mask_threshold"));
    }
    const DatasetOptions options = { .mask_threshold = 128 };
    Dataset *dataset = dataset_open("folder", folder, &options, &error);
    CHECK(dataset && dataset->class_count == 2);
    dataset_free(dataset);
    image_free(&picture);
    image_free(&mask);
    free((char *)folder);
}

/* Grey images where classes are named: each file, the first five of them in one line. */
TEST(data_labels_refuse_grey_pictures_of_named_classes) {
    const char *folder = memory_text(test_folder());
    Image mask = image_new(40, 32, 1);
    Error error = { "" };
    for (int i = 0; i < 40 * 32; i++) mask.pixels[i] = (uint8_t)(i < 640 ? 0 : i - 640);
    for (int i = 0; i < 7; i++) {
        put_sample(path_of("%s/images/%d.jpg", folder, i), NULL, (uint64_t)i, 0);
        put_png(path_of("%s/masks/%d.png", folder, i), &mask);
    }
    put_bytes(path_of("%s/classes.txt", folder), "metal\nhole\n", 11);
    CHECK(!dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, ": 7 problems: masks/0.png: label 2 (it holds 256 values: 0 (50.2%)"));
    CHECK(strstr(error.text, "expected 0..1, by classes.txt; masks/4.png: label 2"));
    CHECK(strstr(error.text, "; and 2 more"));
    image_free(&mask);
    free((char *)folder);
}

/* If all files were left out, the error lists them. */
TEST(data_labels_say_why_no_mask_can_be_used) {
    const char *folder = memory_text(test_folder());
    Image colours = scene_image(40, 32, 5);
    Error error = { "" };
    for (int i = 0; i < 3 * 40 * 32; i++) colours.pixels[i] = (uint8_t)(60 * (i % 3));
    put_sample(path_of("%s/images/training/a.jpg", folder), NULL, 1, 0);
    put_png(path_of("%s/annotations/training/a.png", folder), &colours);
    CHECK(!dataset_open("ucf-el", folder, NULL, &error) && strstr(error.text, "colour"));
    put_sample(path_of("%s/images/training/b.jpg", folder),
               path_of("%s/annotations/training/b.png", folder), 2, 0);
    CHECK(!dataset_open("ucf-el", folder, NULL, &error) && strstr(error.text, "colour"));
    image_free(&colours);
    free((char *)folder);
}

/* JPEG alters values: a threshold is required, whatever the file's extension. */
TEST(data_labels_of_jpeg_masks_need_a_threshold) {
    static const char *const names[] = { "a.jpg", "a.png" };
    Image labels = box_labels(40, 32, 255);
    for (int i = 0; i < 2; i++) {
        const char *folder = memory_text(test_folder());
        Error error = { "" };
        put_sample(path_of("%s/images/a.jpg", folder), NULL, 1, 0);
        put_jpeg(path_of("%s/masks/%s", folder, names[i]), &labels, 80);
        CHECK(!dataset_open("folder", folder, NULL, &error));
        CHECK(strstr(error.text, path_of("masks/%s: a JPEG is lossy", names[i])));
        CHECK(strstr(error.text, "mask_threshold"));
        const DatasetOptions options = { .mask_threshold = 128 };
        Dataset *dataset = dataset_open("folder", folder, &options, &error);
        Image back;
        CHECK(dataset && dataset_load_labels(dataset, 0, &back, NULL));
        int wrong = 0;
        for (int k = 0; k < 40 * 32; k++) wrong += back.pixels[k] != labels.pixels[k] / 255;
        CHECK(wrong == 0);
        image_free(&back);
        dataset_free(dataset);
        free((char *)folder);
    }
    image_free(&labels);
}

/* Layouts whose folders name the defect have a threshold of their own; one that no mask reaches is
 * refused, as training would see only background. */
TEST(data_labels_under_the_threshold_of_a_layout) {
    const char *folder = memory_text(test_folder());
    static const char *const names[] = { "Blowhole", "Break", "Crack", "Fray", "Uneven" };
    char line[512];
    Error error = { "" };
    for (int i = 0; i < 5; i++)
        put_sample(path_of("%s/MT_%s/Imgs/x.jpg", folder, names[i]),
                   path_of("%s/MT_%s/Imgs/x.png", folder, names[i]), (uint64_t)i, 1);
    CHECK(!dataset_open("mt-defect", folder, NULL, &error));
    CHECK(strstr(error.text, "no mask holds a value from 128 up; the largest is 1"));
    const DatasetOptions options = { .mask_threshold = 1 };
    Dataset *dataset = dataset_open("mt-defect", folder, &options, &error);
    CHECK(dataset && dataset->samples[4].label == 5 && dataset->class_pixels[5] == 168);
    CHECK(dataset && strstr(dataset_describe_labels(dataset, line, sizeof line),
                            "values from 1 up are the defect of the image's folder"));
    dataset_free(dataset);
    const DatasetOptions ignoring = { .ignores = true, .ignore_label = 255 };
    CHECK(!dataset_open("mt-defect", folder, &ignoring, &error));
    CHECK(strstr(error.text, "ignore_label 255"));
    CHECK(!dataset_open("synth", NULL, &options, &error));
    CHECK(strstr(error.text, "mask_threshold 1"));
    free((char *)folder);
}

/* --- Data for weights that know their classes --- */

TEST(data_labels_for_weights_take_their_names) {
    static const char *const weights[] = { "background", "hole", "dent", "crack" };
    static const struct {
        int mask[VALUES_MAX];
        const char *names; /* classes.txt */
        int classes;       /* of the weights */
        const char *error;
    } rows[] = {
        { { 0, -1 }, NULL, 4, NULL },      /* good images alone */
        { { 0, 2, -1 }, NULL, 4, NULL },   /* a gap is no question any more */
        { { 0, 255, -1 }, NULL, 2, NULL }, /* black and white, one defect */
        { { 0, 255, -1 }, NULL, 4, "the weights" },
        { { 0, 4, -1 }, NULL, 4, "label 4" },
        { { 0, 1, -1 }, "background\nhole\n", 4, NULL }, /* fewer */
        { { 0, 1, -1 }, "metal\nhole\ndent\ncrack\n", 4, NULL },
        { { 0, 1, -1 }, "metal\nHole\nDent\nCrack\n", 4, NULL }, /* renamed */
        { { 0, 1, -1 }, "metal\ndent\nhole\ncrack\n", 4, "class 1 is 'dent'" },
        { { 0, 1, -1 }, "metal\nscratch\n", 4, "class 1 is 'scratch'" },
        { { 0, 1, -1 }, "a\nb\nc\nd\ne\n", 4, "names 5 classes; the weights know 4" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *folder = memory_text(test_folder());
        Error error = { "" };
        int masks[MASKS_MAX][VALUES_MAX] = { { 0 } };
        memcpy(masks[0], rows[i].mask, sizeof masks[0]);
        test_case("data_labels for weights, row %zu", i);
        put_masks(folder, masks);
        if (rows[i].names)
            put_bytes(path_of("%s/classes.txt", folder), rows[i].names, strlen(rows[i].names));
        const DatasetOptions options = { .class_names = weights, .class_count = rows[i].classes };
        Dataset *dataset = dataset_open("folder", folder, &options, &error);
        CHECK(!dataset == (rows[i].error != NULL));
        CHECK(!rows[i].error || strstr(error.text, rows[i].error));
        CHECK(!dataset || dataset->class_count == rows[i].classes);
        CHECK(!dataset || !strcmp(dataset->classes[1], "hole"));
        dataset_free(dataset);
        free((char *)folder);
    }
}

/* --- classes.txt --- */

TEST(data_class_names_refuse_what_cannot_be_printed) {
    static const struct {
        const char *text, *error; /* NULL: two classes, the second "hole" */
    } rows[] = {
        { "metal\nhole\n", NULL },
        { "metal\r\nhole\r\n\r\n", NULL },
        { "\xef\xbb\xbfmetal\nhole", NULL },
        { "0: metal\n1:   hole\n", NULL },
        { "metal\nKratzer s\xfc\xdf\n", "line 2: the name is not UTF-8: byte 10 is 0xfc" },
        { "\xff\xfem", "line 1: the name is not UTF-8" }, /* UTF-16, without its zeros */
        { "metal\nho\tle\n", "line 2: the name holds the control character U+0009" },
        { "metal\rhole\n", "line 1: the name holds the control character U+000D" },
        { "metal\nho\xc2\x9b"
          "31mle\n",
          "line 2: the name holds the control character U+009B" },
        { "metal\nho\xe2\x80\xaele\n", "line 2: the name holds the control character U+202E" },
        { "0: metal\nhole\n", "line 2: 'hole'; expected 'VALUE: NAME'" },
        { "0: metal\n256: hole\n", "line 2: '256: hole'" },
        { "0: metal\n0: hole\n", "line 2: the value 0 is class 'metal'" },
        { "0: metal\n1: \n", "line 2: '1:'" },
        { "#000000: metal\n#ff0000:hole\n", NULL },
        { "#000000: metal\n#FF00: hole\n", "line 2: '#FF00: hole'; expected '#RRGGBB: NAME'" },
        { "#000000: metal\n1: hole\n", "line 2: '1: hole'; expected '#RRGGBB: NAME'" },
        { "#00aa00: metal\n#00AA00: hole\n", "line 2: the colour #00aa00 is class 'metal'" },
        { "#000000: metal\n#ff0000: \n", "line 2: '#ff0000:'" },
        { "metal\n", "1 classes; expected" },
        { "", "0 classes" },
    };
    const char *path = path_of("%s/classes.txt", test_folder());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ClassNames classes;
        Error error = { "" };
        test_case("data_class_names row %zu", i);
        put_bytes(path, rows[i].text, strlen(rows[i].text));
        const bool good = class_names_read(path, &classes, &error);
        CHECK(good == !rows[i].error);
        CHECK(!rows[i].error ||
              (strstr(error.text, "classes.txt") && strstr(error.text, rows[i].error)));
        CHECK(!good || (classes.count == 2 && !strcmp(classes.names[0], "metal") &&
                        !strcmp(classes.names[1], "hole") && classes.values[1] == 1));
        class_names_free(&classes);
    }
}

TEST(data_class_names_come_from_a_regular_file) {
    const char *folder = memory_text(test_folder()), *path = path_of("%s/classes.txt", folder);
    Error error = { "" };
    put_sample(path_of("%s/images/a.jpg", folder), path_of("%s/masks/a.png", folder), 1, 1);
    CHECK(mkfifo(path, 0666) == 0 && !dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "classes.txt: not a regular file: it is a pipe"));
    unlink(path);
    CHECK(symlink("/dev/zero", path) == 0 && !dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "classes.txt: not a regular file: it is a device"));
    unlink(path);
    CHECK(symlink("nothing", path) == 0 && !dataset_open("folder", folder, NULL, &error));
    CHECK(strstr(error.text, "classes.txt: cannot open"));
    free((char *)folder);
}
