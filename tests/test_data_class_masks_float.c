/* test_data_class_masks_float.c - a mask for each class: how they are told from other masks, what they
 * make, and what is refused. */
#include "tensor/memory.h"
#include "tests/shape_trees.h"

#include <stdlib.h>
#include <unistd.h>

/* A mask of 8 x 6 pixels that has `value` in columns from..to-1, in rows 0 to 2. */
static void put_mask(const char *path, int width, int from, int to, uint8_t value) {
    Image mask;
    Error error;
    PROMISE(image_allocate(&mask, width, 6, 1, "mask", &error), "%s", error.text);
    for (int y = 0; y < 3; y++)
        for (int x = from; x < to; x++) mask.pixels[y * width + x] = value;
    put_png(path, &mask);
    image_free(&mask);
}

/* a.png has a scratch over a dent, line 2/b.png a dent of the value 1. */
static const char *tree(void) {
    const char *folder = memory_text(test_folder());
    put_picture(folder, "a.png", 8, 6);
    put_picture(folder, "line 2/b.png", 8, 6);
    put_mask(path_of("%s/masks/dent/a.png", folder), 8, 0, 4, 255);
    put_mask(path_of("%s/masks/scratch/a.png", folder), 8, 3, 6, 255);
    put_mask(path_of("%s/masks/dent/line 2/b.png", folder), 8, 0, 1, 1);
    return folder;
}

TEST(data_class_masks_by_hand) {
    const char *folder = tree();
    Dataset *dataset = open_folder(folder);
    CHECK(dataset && dataset->count == 2 && dataset->class_count == 3);
    CHECK(dataset && !strcmp(dataset->classes[1], "dent") &&
          !strcmp(dataset->classes[2], "scratch"));
    check_mask(dataset, 0, "11122200\n11122200\n11122200\n00000000\n00000000\n00000000\n");
    check_mask(dataset, 1, "10000000\n10000000\n10000000\n00000000\n00000000\n00000000\n");
    dataset_free(dataset);
    CHECK_SAYS(folder, NULL,
               "3 shapes of 2 images from masks of one class each, classes by their folders in "
               "alphabetical order");
    put_text(path_of("%s/classes.txt", folder), "metal\nscratch\ndent\n");
    dataset = open_folder(folder);
    check_mask(dataset, 0, "22211100\n22211100\n22211100\n00000000\n00000000\n00000000\n");
    dataset_free(dataset);
    put_text(path_of("%s/classes.txt", folder), "metal\nscratch\n");
    CHECK_SAYS(folder, NULL, "masks/dent/a.png: mask 1: the class 'dent'; expected metal, scratch");
    free((char *)folder);
}

TEST(data_class_masks_are_told_from_folders_of_images) {
    const char *folder = memory_text(test_folder());
    put_picture(folder, "dent/a.png", 8, 6);
    put_mask(path_of("%s/masks/dent/a.png", folder), 8, 0, 4, 1);
    CHECK_SAYS(folder, NULL, "1 class 1 25%"); /* a label a pixel */
    free((char *)folder);
}

TEST(data_class_masks_refused) {
    const char *folder = tree();
    put_picture(folder, "c.png", 8, 6);
    CHECK_SAYS(folder, NULL, "images/c.png: no mask; expected masks/CLASS/c.png, all 0 where");
    put_mask(path_of("%s/masks/scratch/c.png", folder), 8, 0, 0, 0);
    CHECK_SAYS(folder, NULL, "4 shapes of 3 images");
    put_mask(path_of("%s/masks/scratch/d.png", folder), 8, 0, 0, 0);
    CHECK_SAYS(folder, NULL, "masks/scratch/d.png: a mask without an image; expected images/d.{");
    unlink(path_of("%s/masks/scratch/d.png", folder));
    put_mask(path_of("%s/masks/scratch/c.png", folder), 9, 0, 2, 255);
    CHECK_SAYS(folder, NULL, "masks/scratch/c.png: mask of 9 x 6 pixels; its image has 8 x 6");
    put_mask(path_of("%s/masks/dent/c.png", folder), 8, 0, 2, 255);
    CHECK_SAYS(folder, NULL, "c.png: mask of 9 x 6 pixels; that of another class has 8 x 6");
    put_text(path_of("%s/masks/scratch/c.png", folder), "GIF89a");
    CHECK_SAYS(folder, NULL, "masks/scratch/c.png: ");
    Image grey = box_labels(8, 6, 3);
    grey.pixels[0] = 77;
    put_png(path_of("%s/masks/scratch/c.png", folder), &grey);
    CHECK_SAYS(folder, NULL,
               "masks/scratch/c.png: the values 77 and 3 beside 0; expected one, of its class");
    image_free(&grey);
    put_mask(path_of("%s/masks/scratch/c.png", folder), 8, 0, 2, 255);
    put_text(path_of("%s/masks/scratch/c.bmp", folder), "BM");
    CHECK_SAYS(folder, NULL, "images/c.png: two masks, scratch/c.bmp and scratch/c.png in masks");
    CHECK(!strchr(opened(folder, NULL), '\n'));
    free((char *)folder);
}
