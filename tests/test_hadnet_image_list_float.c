/* test_hadnet_image_list_float.c - which images a command line names, and how their results are
 * named. */
#include "hadnet/prediction/image_list.h"
#include "tests/data_trees.h"

#include <unistd.h>

/* A folder with these files, empty: listing reads no content. */
static const char *folder_of(const char *const *names) {
    const char *folder = test_folder();
    for (int i = 0; names[i]; i++) put_bytes(path_of("%s/%s", folder, names[i]), "", 0);
    return folder;
}

/* Whether the operand stands for exactly these names, in this order. */
static bool lists(const char *operand, bool recursive, const char *const *names) {
    ImageList list;
    Error error = { "" };
    bool same = image_list_make(&list, &operand, 1, recursive, &error);
    int count = 0;
    for (; same && names[count]; count++)
        same = count < list.count && !strcmp(list.images[count].name, names[count]) &&
               !list.images[count].problem;
    same = same && count == list.count;
    for (int i = 0; !same && i < list.count; i++)
        printf("%s: %s\n", list.images[i].path, list.images[i].problem);
    image_list_free(&list);
    return same;
}

TEST(image_list_has_the_images_of_a_folder) {
    const char *folder = folder_of(
        (const char *[]){ "b.png", "a.JPG", "notes.txt", "c.bmp", ".hidden.png", "line 2/a.jpeg",
                          "line 2/deep/x.png", "line 2/deep/x.csv", NULL });
    const char *const top[] = { "a.JPG", "b.png", "c.bmp", NULL };
    const char *const all[] = { "a.JPG", "b.png", "c.bmp", "line 2/a.jpeg", "line 2/deep/x.png",
                                NULL };
    CHECK(lists(folder, false, top));
    CHECK(lists(folder, true, all));
    CHECK(lists(path_of("%s//", folder), true, all));
    CHECK(lists(path_of("%s/line 2", folder), true,
                (const char *[]){ "a.jpeg", "deep/x.png", NULL }));
    CHECK(lists(path_of("%s/line 2/a.jpeg", folder), true, (const char *[]){ "a.jpeg", NULL }));
    CHECK(lists(path_of("%s/none.png", folder), true, (const char *[]){ "none.png", NULL }));
    /* A link back to the folder is not followed for ever. */
    CHECK(symlink("../..", path_of("%s/line 2/deep/back", folder)) == 0);
    CHECK(lists(folder, true, all));
}

TEST(image_list_paths_are_the_operands) {
    const char *folder = folder_of((const char *[]){ "a.png", "in/b.png", NULL });
    const char *operands[] = { "x.png", path_of("%s/", folder), "-x", "y.png" };
    ImageList list;
    Error error;
    CHECK(image_list_make(&list, operands, 4, true, &error));
    CHECK(list.count == 5);
    CHECK(!strcmp(list.images[0].path, "x.png") && !strcmp(list.images[3].path, "-x"));
    CHECK(!strcmp(list.images[1].path, path_of("%s/a.png", folder)));
    CHECK(!strcmp(list.images[2].path, path_of("%s/in/b.png", folder)));
    image_list_free(&list);
}

TEST(image_list_has_a_problem_for_a_folder_without_images) {
    const char *folder = folder_of((const char *[]){ "notes.txt", "in/b.png", NULL });
    for (int recursive = 0; recursive < 2; recursive++) {
        const char *path = recursive ? path_of("%s/none", folder) : folder;
        ImageList list;
        Error error;
        if (recursive) CHECK(mkdir(path, 0777) == 0);
        CHECK(image_list_make(&list, &path, 1, recursive, &error) && list.count == 1);
        CHECK(!strcmp(list.images[0].path, path) && list.images[0].problem);
        CHECK(strstr(list.images[0].problem, path) == list.images[0].problem);
        CHECK((strstr(list.images[0].problem, "--recursive") == NULL) == recursive);
        image_list_free(&list);
    }
}
