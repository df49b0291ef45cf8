/* Which existing files the results of hadnet_predict may replace. */
#include "hadnet/prediction/results.h"

#include "data/image/png_mark.h"
#include "tensor/memory.h"
#include "tests/data_trees.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char writer[] = "hadnet_predict";

/* A folder with these files, each an unmarked image of its own. */
static const char *folder_of(const char *const *names) {
    const char *folder = test_folder();
    for (int i = 0; names[i]; i++) {
        Image picture = scene_image(9, 7, (uint64_t)i);
        make_folders_to(path_of("%s/%s", folder, names[i]));
        CHECK(image_write_png(path_of("%s/%s", folder, names[i]), &picture, NULL));
        image_free(&picture);
    }
    return folder;
}

/* A plan refers to its list: this one, until the next. */
static bool plan(Results *results, const char *folder, bool overwrite, const char *const *paths,
                 Error *error) {
    static ImageList list;
    int count = 0;
    while (paths[count]) count++;
    const ResultsOptions options = { .folder = folder,
                                     .overwrite = overwrite,
                                     .pictures = { true, true, true } };
    *error = (Error){ "" };
    image_list_free(&list);
    return image_list_make(&list, paths, count, false, error) &&
           results_plan(results, &options, &list, error);
}

/* Checks that the results of `paths` in folder are refused with a line that contains both texts,
 * and accepted with --overwrite. */
static bool refused(const char *folder, const char *const *paths, const char *text,
                    const char *also) {
    Results results;
    Error error;
    const bool planned = plan(&results, folder, false, paths, &error);
    results_free(&results);
    const bool said = strstr(error.text, text) && strstr(error.text, also);
    if (planned || !said) printf("planned %d: %s\n", planned, error.text);
    const bool overwritten = plan(&results, folder, true, paths, &error);
    results_free(&results);
    return !planned && said && overwritten;
}

static bool allowed(const char *folder, const char *const *paths) {
    Results results;
    Error error;
    const bool planned = plan(&results, folder, false, paths, &error);
    if (!planned) printf("%s\n", error.text);
    results_free(&results);
    return planned;
}

/* Write all results of the images. */
static void write_all(const char *folder, const char *const *paths) {
    Image picture = scene_image(9, 7, 99);
    Results results;
    Error error;
    CHECK(plan(&results, folder, false, paths, &error));
    for (int i = 0; i < results.count; i++)
        for (int kind = 0; kind < RESULT_KINDS && !results.images[i].is_result; kind++)
            CHECK(results_write(&results, i, (ResultKind)kind, &picture, NULL, &error));
    results_free(&results);
    image_free(&picture);
}

TEST(results_never_replace_a_drawn_mask) {
    const char *folder = folder_of((const char *[]){ "000.png", "000_mask.png", NULL });
    const char *image[] = { path_of("%s/000.png", folder), NULL };
    CHECK(refused(folder, image, "000.png: its mask would replace", "did not write"));
    CHECK(allowed(path_of("%s/predictions", folder), image));
}

TEST(results_never_replace_an_image_under_any_name) {
    const char *folder = folder_of(
        (const char *[]){ "x.png", "x_mask.png", "y.png", "z.png", "other/mine.png", NULL });
    const char *x = path_of("%s/x.png", folder), *mask = path_of("%s/./x_mask.png", folder);
    const char *y = path_of("%s/y.png", folder), *z = path_of("%s/z.png", folder);
    const char *mine = path_of("%s/other/../other/mine.png", folder);
    CHECK(refused(folder, (const char *[]){ x, mask, NULL }, "x.png: its mask", "the images"));
    CHECK(link(mine, path_of("%s/y_overlay.png", folder)) == 0);
    CHECK(refused(folder, (const char *[]){ y, mine, NULL }, "y.png: its overlay", "the images"));
    CHECK(symlink(mine, path_of("%s/z_score.png", folder)) == 0);
    CHECK(refused(folder, (const char *[]){ z, mine, NULL }, "z.png: its score", "the images"));
    CHECK(refused(folder, (const char *[]){ z, NULL }, "z.png: its score", "did not write"));
    const char *shortcut = path_of("%s/other/shortcut.png", folder);
    CHECK(symlink("../x_mask.png", shortcut) == 0);
    CHECK(refused(folder, (const char *[]){ x, shortcut, NULL }, "x.png: its mask", "the images"));
}

TEST(results_never_replace_a_link) {
    const char *folder = folder_of((const char *[]){ "x.png", NULL });
    const char *image[] = { path_of("%s/x.png", folder), NULL };
    CHECK(symlink("nowhere.png", path_of("%s/x_score.png", folder)) == 0);
    CHECK(refused(folder, image, "x.png: its score", "did not write"));
    CHECK(remove(path_of("%s/x_score.png", folder)) == 0);
    Image picture = scene_image(3, 3, 3);
    CHECK(png_mark_write(path_of("%s/kept.png", folder), &picture, NULL, writer, NULL));
    CHECK(symlink("kept.png", path_of("%s/x_score.png", folder)) == 0);
    CHECK(refused(folder, image, "x.png: its score", "did not write"));
    image_free(&picture);
}

TEST(results_replace_earlier_ones_and_are_no_images) {
    const char *folder = folder_of((const char *[]){ "x.png", NULL });
    const char *image[] = { path_of("%s/x.png", folder), NULL };
    write_all(folder, image);
    CHECK(allowed(folder, image));
    const char *all[] = { image[0], path_of("%s/x_mask.png", folder),
                          path_of("%s/x_overlay.png", folder), path_of("%s/x_score.png", folder),
                          NULL };
    Results results;
    Error error;
    CHECK(plan(&results, folder, false, all, &error));
    CHECK(results.result_count == 3 && !results.images[0].is_result);
    results_free(&results);
    write_all(folder, all);
    /* One that was edited is the user's again. */
    size_t count;
    uint8_t *bytes = get_bytes(all[1], &count);
    bytes[count / 2] ^= 1;
    put_bytes(all[1], bytes, count);
    free(bytes);
    CHECK(refused(folder, image, "x.png: its mask", "did not write"));
}

TEST(results_of_one_name_are_refused) {
    Results results;
    Error error;
    const char *none = path_of("%s/none", test_folder());
    CHECK(!plan(&results, none, true, (const char *[]){ "a/x.png", "y.png", "b/x.png", NULL },
                &error));
    CHECK(strstr(error.text, "a/x.png and b/x.png would both write x_mask.png"));
    results_free(&results);
    CHECK(!plan(&results, none, true, (const char *[]){ "x.jpg", "x.png", NULL }, &error));
    CHECK(strstr(error.text, "x.jpg and x.png would both write x_mask.png"));
    results_free(&results);
    CHECK(!plan(&results, none, true, (const char *[]){ "x.png", "x.png", NULL }, &error));
    CHECK(strstr(error.text, "x.png is given twice"));
    results_free(&results);
    CHECK(allowed(
        none, (const char *[]){ "x.png", "X.png", "x_mask.png", "x.y.png", ".png", "x y", NULL }));
}

/* Where names differ by case alone and the folder does not tell, or another call writes there. */
TEST(results_do_not_replace_what_appeared_meanwhile) {
    const char *folder = test_folder();
    const char *paths[] = { "x.png", NULL };
    Image picture = scene_image(9, 7, 1);
    Results results;
    Error error;
    CHECK(plan(&results, folder, false, paths, &error));
    CHECK(png_mark_write(path_of("%s/x_mask.png", folder), &picture, NULL, writer, NULL));
    CHECK(!results_write(&results, 0, RESULT_MASK, &picture, NULL, &error));
    CHECK(strstr(error.text, "x_mask.png: is there now"));
    CHECK(results_write(&results, 0, RESULT_SCORE, &picture, NULL, &error));
    results_free(&results);
    image_free(&picture);
}

TEST(results_of_an_image_are_whole_or_none) {
    const char *folder = test_folder(), *paths[] = { "x.png", NULL };
    Image picture = scene_image(9, 7, 1);
    Results results;
    Error error;
    CHECK(png_mark_write(path_of("%s/x_mask.png", folder), &picture, NULL, writer, NULL));
    CHECK(plan(&results, folder, false, paths, &error));
    CHECK(results_write(&results, 0, RESULT_MASK, &picture, NULL, &error));
    CHECK(results_write(&results, 0, RESULT_OVERLAY, &picture, NULL, &error));
    put_bytes(path_of("%s/x_score.png", folder), "mine", 4); /* appears meanwhile */
    CHECK(!results_write(&results, 0, RESULT_SCORE, &picture, NULL, &error));
    results_take_back(&results, 0);
    CHECK(file_exists(path_of("%s/x_mask.png", folder))); /* an earlier call's name */
    CHECK(!file_exists(path_of("%s/x_overlay.png", folder)));
    CHECK(file_exists(path_of("%s/x_score.png", folder))); /* not ours */
    results_free(&results);
    image_free(&picture);
}

TEST(results_say_when_one_took_an_images_place) {
    const char *folder = folder_of((const char *[]){ "x.png", "x_mask.png", NULL });
    const char *paths[] = { path_of("%s/x.png", folder), path_of("%s/x_mask.png", folder), NULL };
    Image picture = scene_image(9, 7, 1);
    Results results;
    Error error;
    CHECK(plan(&results, folder, true, paths, &error));
    CHECK(!results_took_place_of(&results, 1));
    CHECK(results_write(&results, 0, RESULT_MASK, &picture, NULL, &error));
    CHECK(results_took_place_of(&results, 1) && !results_took_place_of(&results, 0));
    results_free(&results);
    image_free(&picture);
}

/* Comparing each image with each other would take minutes; the time is the processor's own. */
TEST(results_of_many_images_are_planned_at_once) {
    enum { MANY = 200000, SECONDS = 20 };
    char(*names)[24] = memory_new(MANY, sizeof *names);
    const char **paths = memory_new(MANY + 1, sizeof *paths);
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "picture_%06d.png", (int)(i * 7919L % MANY));
        paths[i] = names[i];
    }
    const clock_t began = clock();
    CHECK(allowed("/nowhere", paths));
    strcpy(names[MANY - 1], names[0]);
    strcpy(strrchr(names[MANY - 1], '.'), ".jpg");
    Results results;
    Error error;
    CHECK(!plan(&results, "/nowhere", false, paths, &error));
    CHECK(strstr(error.text, "picture_000000.png and picture_000000.jpg"));
    CHECK((double)(clock() - began) / CLOCKS_PER_SEC < SECONDS);
    results_free(&results);
    free(paths);
    free(names);
}

/* ---- The mark itself ---- */

TEST(png_mark_is_of_one_writer_and_one_file) {
    Image picture = scene_image(31, 17, 1), again;
    const char *path = path_of("%s/marked.png", test_folder());
    Error error = { "" };
    CHECK(png_mark_write(path, &picture, NULL, "somebody", &error));
    CHECK(png_mark_is_whole(path, "somebody"));
    CHECK(!png_mark_is_whole(path, "somebodx") && !png_mark_is_whole(path, "some"));
    CHECK(!png_mark_is_whole(path, "somebody else"));
    CHECK(image_read(path, 3, &again, &error));
    CHECK(again.width == 31 && !memcmp(again.pixels, picture.pixels, image_bytes(&again)));
    image_free(&again);
    CHECK(image_write_png(path, &picture, &error));
    CHECK(!png_mark_is_whole(path, "somebody"));
    image_free(&picture);
}

/* Whatever byte is changed, and wherever the file is cut. */
TEST(png_mark_is_lost_with_any_change) {
    Image picture = scene_image(5, 3, 1);
    const char *folder = test_folder(), *path = path_of("%s/marked.png", folder);
    size_t count;
    CHECK(png_mark_write(path, &picture, NULL, writer, NULL));
    uint8_t *bytes = get_bytes(path, &count);
    const char *other = path_of("%s/other.png", folder);
    put_bytes(other, bytes, count);
    CHECK(png_mark_is_whole(other, writer));
    for (size_t i = 0; i < count; i++) {
        bytes[i] ^= 16;
        put_bytes(other, bytes, count);
        bytes[i] ^= 16;
        CHECK(!png_mark_is_whole(other, writer));
        put_bytes(other, bytes, i);
        CHECK(!png_mark_is_whole(other, writer));
    }
    free(bytes);
    image_free(&picture);
}

TEST(png_mark_of_what_is_no_file_is_none) {
    const char *folder = test_folder(), *pipe = path_of("%s/pipe.png", folder);
    CHECK(mkfifo(pipe, 0600) == 0);
    CHECK(!png_mark_is_whole(pipe, writer));
    CHECK(!png_mark_is_whole(folder, writer));
    CHECK(!png_mark_is_whole("/nowhere.png", writer));
    CHECK(!png_mark_is_whole("", writer));
    CHECK(!png_mark_is_whole("/dev/null", writer));
}
