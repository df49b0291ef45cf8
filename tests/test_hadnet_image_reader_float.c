/* test_hadnet_image_reader_float.c - images come in the planned order, with their errors,
 * whether they are read ahead or not. */
#include "hadnet/prediction/image_reader.h"

#include "data/image/png_mark.h"
#include "tests/data_trees.h"

#include <unistd.h>

typedef struct Plan {
    ImageList list;
    Results results;
} Plan;

/* Scenes 0, 1, 2, ... as PNG, of unequal sizes; the third is damaged, the fourth a result of an
 * earlier call, the fifth missing; and at the end a folder without images. */
enum { IMAGES = 8 };

static Plan plan_of(bool overwrite) {
    const char *folder = test_folder(), *operands[IMAGES];
    static char paths[IMAGES][512];
    Plan plan;
    Error error = { "" };
    for (int i = 0; i < IMAGES; i++) {
        Image image = scene_image(20 + i, 30 - i, (uint64_t)i);
        snprintf(paths[i], sizeof paths[i], "%s/%d.png", folder, i);
        operands[i] = paths[i];
        if (i == 2)
            put_bytes(paths[i], "no image", 8);
        else if (i == 3)
            CHECK(png_mark_write(paths[i], &image, NULL, "hadnet_predict", &error));
        else if (i == IMAGES - 1)
            CHECK(mkdir(paths[i], 0777) == 0);
        else if (i != 4)
            put_png(paths[i], &image);
        image_free(&image);
    }
    const ResultsOptions options = { .folder = path_of("%s/out", folder),
                                     .overwrite = overwrite,
                                     .pictures = { true, true, true } };
    CHECK(image_list_make(&plan.list, operands, IMAGES, false, &error));
    CHECK(results_plan(&plan.results, &options, &plan.list, &error));
    return plan;
}

static void plan_free(Plan *plan) {
    results_free(&plan->results);
    image_list_free(&plan->list);
}

TEST(image_reader_gives_every_image_in_order) {
    static const int order[] = { 0, 1, 2, 4, 5, 6, 7 };
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        Plan plan = plan_of(overwrite);
        ImageReader *reader = image_reader_open(&plan.results);
        test_case(overwrite ? "one at a time" : "ahead");
        for (int k = 0; k < 7; k++) {
            const int i = order[k];
            ReadImage read = image_reader_next(reader);
            CHECK(read.index == i && read.good == (i != 2 && i != 4 && i != 7));
            if (!read.good) {
                const char *path = plan.list.images[i].path;
                CHECK(!strncmp(read.error.text, path, strlen(path)) && !read.image.pixels);
                continue;
            }
            Image scene = scene_image(20 + i, 30 - i, (uint64_t)i);
            CHECK(read.image.width == scene.width && read.image.height == scene.height);
            CHECK(!memcmp(read.image.pixels, scene.pixels, image_bytes(&scene)));
            image_free(&scene);
            image_free(&read.image);
        }
        CHECK(image_reader_next(reader).index == -1 && image_reader_next(reader).index == -1);
        image_reader_close(reader);
        plan_free(&plan);
    }
}

/* An image that is gone when it is asked for has been read before; one at a time it has not. */
TEST(image_reader_reads_the_next_image_meanwhile) {
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        Plan plan = plan_of(overwrite);
        ImageReader *reader = image_reader_open(&plan.results);
        test_case(overwrite ? "one at a time" : "ahead");
        ReadImage first = image_reader_next(reader);
        for (int i = 0; i < 10000 && !overwrite && !image_reader_is_ahead(reader); i++)
            usleep(1000);
        CHECK(image_reader_is_ahead(reader) == !overwrite);
        CHECK(remove(plan.list.images[1].path) == 0);
        ReadImage second = image_reader_next(reader);
        CHECK(first.good && second.index == 1 && second.good == !overwrite);
        image_free(&first.image);
        image_free(&second.image);
        image_reader_close(reader);
        plan_free(&plan);
    }
}

/* Closed at every moment: nothing is lost and nothing waits for ever. */
TEST(image_reader_can_be_closed_early) {
    Plan plan = plan_of(false);
    for (int taken = 0; taken < IMAGES; taken++) {
        ImageReader *reader = image_reader_open(&plan.results);
        for (int k = 0; k < taken; k++) {
            ReadImage read = image_reader_next(reader);
            image_free(&read.image);
        }
        image_reader_close(reader);
    }
    plan_free(&plan);
}
