/* test_data_folders_float.c - users' folders: files of other programs, nested folders, masks of
 * other names; and the message for a file that cannot be used. */
#include "data/dataset.h"
#include "tensor/memory.h"
#include "tests/data_trees.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_pair(const char *folder, const char *image, const char *mask, uint64_t seed) {
    put_sample(path_of("%s/images/%s", folder, image),
               mask ? path_of("%s/masks/%s", folder, mask) : NULL, seed, 1);
}

/* The masks by the names of their images, "images/a.jpg=masks/a.png ..."; or the error. */
static const char *opened(const char *folder) {
    static char text[2048];
    Error error = { "" };
    Dataset *dataset = dataset_open("folder", folder, NULL, &error);
    if (!dataset) snprintf(text, sizeof text, "%s", error.text);
    for (int i = 0, used = 0; dataset && i < dataset->count; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%s=%s", i ? " " : "",
                         dataset->samples[i].name, dataset->samples[i].mask + strlen(folder) + 1);
    dataset_free(dataset);
    return text;
}

#define CHECK_SAYS(folder, part)                                                                  \
    do {                                                                                          \
        const char *said = opened(folder);                                                        \
        if (!strstr(said, part)) test_fail(__FILE__, __LINE__, "'%s' is not in: %s", part, said); \
    } while (0)

TEST(data_folder_passes_over_dot_files) {
    const char *folder = memory_text(test_folder());
    put_pair(folder, "a.png", "a.png", 1);
    put_bytes(path_of("%s/images/._a.png", folder), "\0\5\26\7", 4); /* as macOS leaves them */
    put_bytes(path_of("%s/masks/._a.png", folder), "\0\5\26\7", 4);
    put_bytes(path_of("%s/masks/.ipynb_checkpoints/a.png", folder), "x", 1);
    put_bytes(path_of("%s/images/Thumbs.db", folder), "x", 1);
    CHECK(!strcmp(opened(folder), "images/a.png=masks/a.png"));
    free((char *)folder);
}

TEST(data_folder_enters_folders_within) {
    const char *folder = memory_text(test_folder());
    put_pair(folder, "a.jpg", "a.png", 1);
    put_pair(folder, "line 2/a.jpg", "line 2/a.png", 2); /* the same stem elsewhere */
    put_pair(folder, "line 2/late/b.jpg", "line 2/late/b.png", 3);
    put_pair(folder, "a.b/c.jpg", "a.b/c.png", 4); /* no image of the stem "a" */
    CHECK(symlink("..", path_of("%s/images/line 2/back", folder)) == 0); /* a circle */
    CHECK(!strcmp(opened(folder), "images/a.b/c.jpg=masks/a.b/c.png images/a.jpg=masks/a.png "
                                  "images/line 2/a.jpg=masks/line 2/a.png "
                                  "images/line 2/late/b.jpg=masks/line 2/late/b.png"));
    put_pair(folder, "line 3/d.jpg", NULL, 5);
    CHECK_SAYS(folder, "images/line 3/d.jpg: no mask; expected masks/line 3/d.png");
    free((char *)folder);
}

TEST(data_folder_tries_masks_called_mask) {
    const char *folder = memory_text(test_folder());
    put_pair(folder, "a.jpg", "a_mask.png", 1);
    put_pair(folder, "b.jpg", "b.png", 2);
    put_pair(folder, "b_mask.jpg", "b_mask.png", 3); /* an image of its own */
    CHECK(!strcmp(opened(folder), "images/a.jpg=masks/a_mask.png images/b.jpg=masks/b.png "
                                  "images/b_mask.jpg=masks/b_mask.png"));
    put_pair(folder, "a.jpg", "a.png", 1);
    CHECK_SAYS(folder, "images/a.jpg: two masks, a.png and a_mask.png in masks; expected one");
    free((char *)folder);
}

TEST(data_folder_names_what_does_not_pair) {
    const char *folder = memory_text(test_folder());
    Image labels = box_labels(40, 32, 1);
    put_pair(folder, "a.jpg", "a.png", 1);
    put_pair(folder, "b.jpg", NULL, 2);
    CHECK_SAYS(folder,
               path_of("%s/images/b.jpg: no mask; expected masks/b.png (or b_mask.png)", folder));
    put_png(path_of("%s/masks/b.PNG", folder), &labels);
    put_png(path_of("%s/masks/b.png", folder), &labels);
    CHECK_SAYS(folder, "images/b.jpg: two masks, b.PNG and b.png in masks");
    unlink(path_of("%s/masks/b.PNG", folder));
    put_png(path_of("%s/masks/c.png", folder), &labels);
    CHECK_SAYS(folder,
               "masks/c.png: a mask without an image; expected images/c.{png,jpg,jpeg,bmp}");
    put_bytes(path_of("%s/images/c.tif", folder), "II*", 3);
    CHECK_SAYS(folder, "images/c.tif: a format that is not read; expected {png,jpg,jpeg,bmp}");
    image_free(&labels);
    free((char *)folder);
}

/* Five problems in one line, and the number of the rest. */
TEST(data_folder_shows_the_first_five_problems) {
    const char *folder = memory_text(test_folder());
    for (int i = 0; i < 8; i++) put_pair(folder, path_of("%d.jpg", i), i ? NULL : "0.png", 1);
    const char *said = opened(folder);
    CHECK(!strncmp(said, path_of("%s: 7 problems: images/1.jpg: no mask", folder),
                   strlen(folder) + 35));
    CHECK(strstr(said, "; images/5.jpg: no mask") && !strstr(said, "images/6.jpg"));
    CHECK(strstr(said, "; and 2 more") && !strchr(said, '\n'));
    for (int i = 3; i < 8; i++) unlink(path_of("%s/images/%d.jpg", folder, i));
    CHECK_SAYS(folder, ": 2 problems: images/1.jpg: no mask");
    CHECK(!strstr(opened(folder), "more"));
    free((char *)folder);
}

/* Names too long for five in a line: as many as fit, and a correct count of the rest. */
TEST(data_folder_shows_as_many_problems_as_fit) {
    const char *folder = memory_text(test_folder());
    char name[240];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 6; i++) {
        name[0] = (char)('0' + i);
        memcpy(name + sizeof name - 5, ".jpg", 4);
        put_pair(folder, name, NULL, 1);
    }
    const char *said = opened(folder), *more = strstr(said, "; and ");
    int shown = 0;
    for (const char *at = said; (at = strstr(at, "no mask")); at++) shown++;
    CHECK(shown >= 1 && shown < 5 && more && atoi(more + 6) == 6 - shown);
    free((char *)folder);
}
