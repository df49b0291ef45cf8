/* test_data_coco_float.c - masks from one file of COCO: masks computed by hand, and every way in which
 * the file can be bad. */
#include "tensor/memory.h"
#include "tests/shape_trees.h"

#include <stdlib.h>
#include <unistd.h>

#define IMAGES                                                                 \
    "\"images\":[{\"id\":5,\"file_name\":\"a.png\",\"width\":8,\"height\":6}," \
    "{\"id\":2,\"file_name\":\"images/line 2\\\\b.png\"}]"
#define CATEGORIES                                                                                \
    "\"categories\":[{\"id\":3,\"name\":\"z\",\"supercategory\":\"\"},{\"id\":9,\"name\":\"a\"}," \
    "{\"id\":0,\"name\":\"background\"}]"
#define COCO(annotations) \
    "{\"info\":{}," IMAGES "," CATEGORIES ",\"annotations\":[" annotations "]}"
#define ANNOTATION(fields) "{\"image_id\":5,\"category_id\":3,\"segmentation\":" fields "}"
#define TRIANGLE "[[0,0,4,0,0,4]]"

/* A triangle and a square of one annotation, runs as a list over the square, and the same runs as
 * text; annotations stand before the images. 48 pixels: 25 outside, 2 inside, 21 outside, in columns
 * of 6: rows 1 and 2 of column 4. */
static const char all_kinds[] =
    "\xef\xbb\xbf{\"annotations\":["
    "{\"segmentation\":[[0,0,4,0,0,4],[4,0,8,0,8.0,4,4,4e0]],\"bbox\":[0,0,8,4],\"image_id\":5,"
    "\"id\":1,\"category_id\":3,\"iscrowd\":0},"
    "{\"segmentation\":{\"size\":[6,8],\"counts\":[25,2,21]},\"image_id\":5,\"category_id\":9},"
    "{\"segmentation\":{\"counts\":\"i02e0\",\"size\":[6,8]},\"image_id\":2,\"category_id\":9}"
    "]," IMAGES "," CATEGORIES "}";

static const char *tree(const char *text) {
    const char *folder = memory_text(test_folder());
    put_picture(folder, "a.png", 8, 6);
    put_picture(folder, "line 2/b.png", 8, 6);
    if (text) put_text(path_of("%s/annotations.json", folder), text);
    return folder;
}

TEST(data_coco_masks_by_hand) {
    const char *folder = tree(all_kinds);
    Dataset *dataset = open_folder(folder);
    CHECK(dataset && dataset->count == 2 && dataset->class_count == 3);
    CHECK(dataset && !strcmp(dataset->classes[0], "background"));
    CHECK(dataset && !strcmp(dataset->classes[1], "z") && !strcmp(dataset->classes[2], "a"));
    check_mask(dataset, 0, "11101111\n11002111\n10002111\n00001111\n00000000\n00000000\n");
    check_mask(dataset, 1, "00000000\n00002000\n00002000\n00000000\n00000000\n00000000\n");
    dataset_free(dataset);
    put_text(path_of("%s/classes.txt", folder), "metal\na\nz\n");
    dataset = open_folder(folder);
    check_mask(dataset, 0, "22202222\n22001222\n20001222\n00002222\n00000000\n00000000\n");
    dataset_free(dataset);
    put_text(path_of("%s/classes.txt", folder), "metal\na\n");
    CHECK_SAYS(folder, NULL, "annotation 1: the class 'z'; expected metal, a, by classes.txt");
    free((char *)folder);
}

/* Classes that no annotation has keep their places; an image without annotations is background. */
TEST(data_coco_keeps_unused_categories) {
    const char *folder =
        tree(COCO("{\"image_id\":2,\"category_id\":9,\"segmentation\":" TRIANGLE "}"));
    CHECK_SAYS(folder, NULL,
               "labels: 0 background 93.8%, 1 z 0%, 2 a 6.25% of the pixels; 1 shapes of 2 images "
               "from annotations of COCO, classes by the categories' ids");
    CHECK_SAYS(folder, &(DatasetOptions){ .mask_threshold = 128 },
               "are annotations of COCO, which hold no values");
    free((char *)folder);
}

/* The text of runs as pycocotools writes it: of [7,1,5,1,5,1,5,1,22], of negative differences, and of
 * an image that is full. */
TEST(data_coco_reads_the_text_of_runs) {
    static const struct {
        const char *counts, *mask;
    } texts[] = {
        { "\"71500000a0\"", "00000000\n01111000\n00000000\n00000000\n00000000\n00000000\n" },
        { "\"0`1\"", "11111111\n11111111\n11111111\n11111111\n11111111\n11111111\n" },
        { "\"i023O>\"", "00000100\n00001000\n00001000\n00000000\n00000000\n00000000\n" },
        { "[0,6,42]", "10000000\n10000000\n10000000\n10000000\n10000000\n10000000\n" },
        { "[0,0,48]", "00000000\n00000000\n00000000\n00000000\n00000000\n00000000\n" },
    };
    const char *folder = tree(NULL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        test_case("runs %s", texts[i].counts);
        put_text(path_of("%s/annotations.json", folder),
                 path_of(COCO(ANNOTATION("{\"size\":[6,8],\"counts\":%s}")), texts[i].counts));
        Dataset *dataset = open_folder(folder);
        check_mask(dataset, 0, texts[i].mask);
        dataset_free(dataset);
    }
    free((char *)folder);
}

typedef struct BadFile {
    const char *text, *says;
} BadFile;

static const BadFile bad_files[] = {
    { "", "annotations.json: byte 0: expected '{', found the end" },
    { "{\"shapes\":[]}", "no field 'images'; expected a file of COCO" },
    { "{" IMAGES "," CATEGORIES "}", "no field 'annotations'; expected a file of COCO" },
    { "{" IMAGES "," IMAGES "," CATEGORIES ",\"annotations\":[]}", "two fields 'images'" },
    { COCO("") " x", "expected the end" },
    { COCO("{}"), "annotation 1: byte 236: no segmentation; a box does not say which pixels" },
    { COCO(ANNOTATION("[]")), "no segmentation; a box" },
    { COCO(ANNOTATION(TRIANGLE) "," ANNOTATION("[[1,2,3,4]]")),
      "annotation 2: byte 351: a polygon of 4 numbers; expected x and y of 3 points or more" },
    { COCO(ANNOTATION("[[1,2,3,4,5,6,7]]")), "a polygon of 7 numbers" },
    { COCO(ANNOTATION("[1,2,3,4,5,6]")), "annotation 1: byte 280: expected '['" },
    { COCO(ANNOTATION("[[1e9,2,3,4,5,6]]")), "the coordinate 1e+09; expected one within" },
    { COCO(ANNOTATION("7")), "expected '['" },
    { COCO("{\"category_id\":3,\"segmentation\":" TRIANGLE "}"), "no field 'image_id'" },
    { COCO("{\"image_id\":5,\"segmentation\":" TRIANGLE "}"), "no field 'category_id'" },
    { COCO("{\"image_id\":6,\"category_id\":3,\"segmentation\":" TRIANGLE "}"),
      "image_id 6, which no image has" },
    { COCO("{\"image_id\":5,\"category_id\":4,\"segmentation\":" TRIANGLE "}"),
      "category_id 4, which no category has" },
    { COCO("{\"image_id\":-5,\"category_id\":4,\"segmentation\":" TRIANGLE "}"),
      "expected a number that is not negative" },
    { COCO(ANNOTATION("{\"counts\":[48]}")), "no field 'size'" },
    { COCO(ANNOTATION("{\"size\":[6,8]}")), "no field 'counts'" },
    { COCO(ANNOTATION("{\"size\":[6],\"counts\":[48]}")), "a size that is not [height, width]" },
    { COCO(ANNOTATION("{\"size\":[6,8],\"counts\":[25,2,20]}")),
      "runs of 47 pixels; expected 8 x 6" },
    { COCO(ANNOTATION("{\"size\":[6,8],\"counts\":[-1,49]}")), "not negative" },
    { COCO(ANNOTATION("{\"size\":[8,6],\"counts\":[48]}")),
      "a segmentation of 6 x 8 pixels; its image has 8 x 6" },
    { COCO(ANNOTATION("{\"size\":[6,8],\"counts\":\"i02\\u0001\"}")), "no text of pycocotools" },
    { COCO(ANNOTATION("{\"size\":[6,8],\"counts\":\"oooooooo0\"}")), "no text of pycocotools" },
    { COCO(ANNOTATION("{\"size\":[6,8],\"counts\":\"i02o\"}")), "no text of pycocotools" },
    { COCO(ANNOTATION("{\"size\":[6,8],\"counts\":\"@\"}")), "a run of -16 pixels" },
    { "{" IMAGES ",\"categories\":[{\"id\":1,\"name\":\"\"}],\"annotations\":[]}",
      "the name of a class is empty" },
    { "{" IMAGES ",\"categories\":[{\"id\":1,\"name\":\"a\"},{\"id\":1,\"name\":\"b\"}],"
      "\"annotations\":[]}",
      "two categories of id 1" },
    { "{" IMAGES ",\"categories\":[{\"id\":1}],\"annotations\":[]}", "no field 'name'" },
    { "{\"images\":[{\"id\":1,\"file_name\":\"a.png\"},{\"id\":1,\"file_name\":\"b.png\"}]"
      "," CATEGORIES ",\"annotations\":[]}",
      "two images of id 1" },
    { "{\"images\":[{\"id\":1,\"file_name\":\"a.png\"},{\"id\":3,\"file_name\":\"a.png\"}]"
      "," CATEGORIES ",\"annotations\":[]}",
      "annotations.json: two images are called 'a.png'" },
    { "{\"images\":[{\"id\":1,\"file_name\":\"a.png\",\"width\":9,\"height\":6},"
      "{\"id\":2,\"file_name\":\"line 2/b.png\"}]," CATEGORIES ",\"annotations\":[]}",
      "annotations.json: mask of 9 x 6 pixels; its image has 8 x 6" },
    { "{\"images\":[{\"id\":1,\"file_name\":\"a.png\"}]," CATEGORIES ",\"annotations\":[]}",
      "annotations.json lists no image of this name" },
    { "{\"images\":[{\"id\":1,\"file_name\":\"a.png\"},{\"id\":2,\"file_name\":\"line 2/b.png\"},"
      "{\"id\":3,\"file_name\":\"c.png\"}]," CATEGORIES ",\"annotations\":[]}",
      "annotations.json: the image 'c.png' is not in images/" },
};

TEST(data_coco_bad_files) {
    const char *folder = tree(NULL);
    for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        test_case("bad COCO: %.200s", bad_files[i].text);
        put_text(path_of("%s/annotations.json", folder), bad_files[i].text);
        CHECK_SAYS(folder, NULL, bad_files[i].says);
        CHECK(!strchr(opened(folder, NULL), '\n'));
    }
    free((char *)folder);
}

/* Good text with bytes changed or cut off: understood, or refused with a line. */
TEST(data_coco_survives_damage) {
    const char *folder = tree(NULL);
    const char alphabet[] = "{}[]\",:\\u0e-+.tfn \xff\xc3\xa9";
    Random random = random_stream(6, 0, 0, 0);
    int refused = 0;
    for (int trial = 0; trial < 2000; trial++) {
        char text[sizeof all_kinds];
        size_t length = sizeof all_kinds - 1;
        Error error = { "" };
        memcpy(text, all_kinds, sizeof all_kinds);
        for (uint64_t changes = random_below(&random, 3); changes > 0; changes--)
            text[random_below(&random, length)] =
                alphabet[random_below(&random, sizeof alphabet - 1)];
        length -= (random_below(&random, 4) == 0) * random_below(&random, length);
        put_bytes(path_of("%s/annotations.json", folder), text, length);
        Dataset *dataset = dataset_open("folder", folder, NULL, &error);
        CHECK((dataset == NULL) == (error.text[0] != '\0'));
        refused += !dataset;
        dataset_free(dataset);
    }
    CHECK(refused > 500 && refused < 1900);
    free((char *)folder);
}
