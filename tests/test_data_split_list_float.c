/* Splits from a list: written and read back, and every list that is refused. */
#include "data/split/split.h"
#include "data/split/split_list.h"
#include "tests/data_trees.h"

enum { IMAGES = 6 };

static char folder[256], tree[280];

/* Six images, one with blanks in its name, one in a folder of its own. */
static void put_tree(void) {
    static const char *const names[IMAGES] = { "a", "b", "c d+e.2", "line 1/x", "y", "z" };
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(tree, sizeof tree, "%s/tree", folder);
    for (int i = 0; i < IMAGES; i++) {
        Image image = scene_image(16, 16, (uint64_t)i), mask = image_new(16, 16, 1);
        mask.pixels[i] = 1;
        put_png(path_of("%s/images/%s.png", tree, names[i]), &image);
        put_png(path_of("%s/masks/%s.png", tree, names[i]), &mask);
        image_free(&image);
        image_free(&mask);
    }
}

static Dataset *open_tree(BadFiles bad_files) {
    const DatasetOptions options = { .bad_files = bad_files };
    Error error = { "" };
    Dataset *dataset = dataset_open("folder", tree, &options, &error);
    if (!dataset) test_fail(__FILE__, __LINE__, "%s", error.text);
    return dataset;
}

static const char *put_list(const char *text) {
    const char *path = path_of("%s/list.txt", folder);
    put_bytes(path, text, strlen(text));
    return path;
}

TEST(data_split_list_is_read_back) {
    put_tree();
    Dataset *dataset = open_tree(BAD_FILES_REFUSE), *other = open_tree(BAD_FILES_REFUSE);
    const char *path = memory_text(path_of("%s/list.txt", folder));
    Error error = { "" };
    CHECK(split_dataset(dataset, SPLIT_OFFICIAL, 3, &error));
    CHECK(split_list_write(dataset, path, &error));
    for (int i = 0; i < IMAGES; i++) other->samples[i].part = PART_TRAIN;
    CHECK(split_list_read(other, path, &error));
    CHECK(split_digest(dataset) == split_digest(other));
    free((char *)path);
    dataset_free(dataset);
    dataset_free(other);
}

/* As another program leaves it: any order, empty lines, lines that end as on Windows. */
TEST(data_split_list_of_another_editor) {
    static const Part expected[IMAGES] = { PART_TEST, PART_TRAIN, PART_VAL,
                                           PART_VAL,  PART_TRAIN, PART_TRAIN };
    Error error = { "" };
    put_tree();
    Dataset *dataset = open_tree(BAD_FILES_REFUSE);
    CHECK(split_list_read(dataset,
                          put_list("train images/z.png\r\ntrain images/y.png\r\n\r\n"
                                   "val images/line 1/x.png\r\nval images/c d+e.2.png\r\n"
                                   "test images/a.png\r\ntrain images/b.png"),
                          &error));
    for (int i = 0; i < IMAGES; i++) CHECK(dataset->samples[i].part == expected[i]);
    dataset_free(dataset);
}

#define REST "train images/c d+e.2.png\ntrain images/line 1/x.png\nval images/y.png\n"

TEST(data_split_list_refuses) {
    static const struct {
        const char *text, *line;
    } bad[] = {
        { "", "list.txt: not the images of " },
        { "train images/a.png\nimages/b.png\n", "list.txt line 2: 'images/b.png'; expected PART" },
        { "train images/a.png\n\ntraining images/b.png\n", "list.txt line 3: 'training images/b" },
        { "train \n", "list.txt line 1: 'train '; expected PART" },
        { "Train images/a.png\n", "list.txt line 1: 'Train images/a.png'" },
        { "train images/a.png\nval images/b.png\n" REST "test images/z.png\ntest images/a.png\n",
          "list.txt line 7: images/a.png is in line 1 already" },
        { "train images/a.png\n" REST "test images/z.png\n", "tree: 1 not listed (images/b.png)" },
        { "train images/a.png\ntrain images/b.png\ntrain images/q.png\n" REST "test images/z.png\n",
          "tree: 1 listed but not there (images/q.png)" },
        { "train images/q.png\ntest images/b.png\n" REST "test images/z.png\n",
          "1 listed but not there (images/q.png), 1 not listed (images/a.png)" },
        { "train images/a.png\ntrain images/b.png\n" REST "val images/z.png\n",
          "list.txt: no images for test; expected some in every part" },
    };
    Error error = { "" };
    put_tree();
    Dataset *dataset = open_tree(BAD_FILES_REFUSE);
    CHECK(split_dataset(dataset, SPLIT_OFFICIAL, 3, &error));
    const uint64_t before = split_digest(dataset);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        test_case("a list of '%.40s...'", bad[i].text);
        CHECK(!split_list_read(dataset, put_list(bad[i].text), &error));
        CHECK(strstr(error.text, bad[i].line) && split_digest(dataset) == before);
    }
    test_case("no list");
    CHECK(!split_list_read(dataset, path_of("%s/none.txt", folder), &error));
    CHECK(strstr(error.text, "none.txt"));
    test_case("a list with a zero byte");
    const char *path = path_of("%s/list.txt", folder);
    put_bytes(path, "train images/a.png\0\n", 20);
    CHECK(!split_list_read(dataset, path, &error) && strstr(error.text, "list.txt"));
    dataset_free(dataset);
}

/* An image that was left out as damaged may be listed: it is in the folder. */
TEST(data_split_list_allows_files_that_were_left_out) {
    Error error = { "" };
    put_tree();
    const char *list = "train images/a.png\ntest images/b.png\n" REST "test images/z.png\n";
    put_bytes(path_of("%s/images/b.png", tree), "broken", 6);
    Dataset *dataset = open_tree(BAD_FILES_SKIP);
    CHECK(dataset->count == IMAGES - 1);
    CHECK(split_list_read(dataset, put_list(list), &error));
    CHECK(dataset->samples[0].part == PART_TRAIN && dataset->samples[4].part == PART_TEST);
    dataset_free(dataset);
}
