/* What hadnet_data finds in a tree whose faults are known. */
#include "data/split/split.h"
#include "hadnet/inspection/contact_sheet.h"
#include "tests/data_trees.h"

enum { WIDTH = 40, HEIGHT = 32, PIXELS = WIDTH * HEIGHT, SCENES = 16 };

static char tree[256];

static const char *image_path(const char *name) {
    return path_of("%s/images/%s.png", tree, name);
}

static const char *mask_path(const char *name) {
    return path_of("%s/masks/%s.png", tree, name);
}

/* An image of a scene, mirrored or not, with a mask of which `marked` pixels have the label. */
static void put(const char *name, uint64_t scene, bool mirrored, int label, int marked) {
    Image picture = scene_image(WIDTH, HEIGHT, scene), mask = image_new(WIDTH, HEIGHT, 1);
    for (int y = 0; mirrored && y < HEIGHT; y++)
        for (int x = 0; x < WIDTH / 2; x++)
            for (int c = 0; c < 3; c++) {
                uint8_t *left = picture.pixels + 3 * (y * WIDTH + x) + c;
                uint8_t *right = picture.pixels + 3 * (y * WIDTH + WIDTH - 1 - x) + c;
                const uint8_t keep = *left;
                *left = *right;
                *right = keep;
            }
    memset(mask.pixels, label, (size_t)marked);
    put_png(image_path(name), &picture);
    put_png(mask_path(name), &mask);
    image_free(&picture);
    image_free(&mask);
}

/* 16 scenes; of one a mirrored copy; an empty mask, a full one, a speck; a mask one pixel too wide, an
 * image without a mask and a mask without an image. */
static void put_tree(void) {
    snprintf(tree, sizeof tree, "%s", test_folder());
    for (int i = 0; i < SCENES - 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "good %d", i);
        put(name, (uint64_t)i, false, 1 + i % 2, 100 + i);
    }
    put("copy", 0, true, 1, 100);
    put("empty", 50, false, 0, 0);
    put("full", 51, false, 1, PIXELS);
    put("speck", 52, false, 2, 3);
    put("alone", 60, false, 1, 10);
    remove(mask_path("alone"));
    put("lost", 61, false, 1, 10);
    remove(image_path("lost"));
    put("wide", 62, false, 1, 10);
    Image wide = image_new(WIDTH + 1, HEIGHT, 1);
    put_png(mask_path("wide"), &wide);
    image_free(&wide);
}

static Dataset *open_tree(SplitKind kind) {
    const DatasetOptions options = { .bad_files = BAD_FILES_SKIP, .scenes = true };
    Error error = { "" };
    Dataset *dataset = dataset_open("folder", tree, &options, &error);
    if (!dataset) test_fail(__FILE__, __LINE__, "%s", error.text);
    split_find_scenes(dataset);
    CHECK(split_dataset(dataset, kind, 1, &error));
    return dataset;
}

static int total(const int *of) {
    return of[PART_TRAIN] + of[PART_VAL] + of[PART_TEST];
}

static const Sample *sample_named(const Dataset *dataset, const char *name, int *index) {
    for (*index = 0; *index < dataset->count; ++*index)
        if (strstr(dataset->samples[*index].name, name)) return &dataset->samples[*index];
    PROMISE(false, "no image %s", name);
    return NULL;
}

static void check_suspicion(const Dataset *dataset, const Inspection *inspection, const char *name,
                            Suspicion suspicion) {
    int index;
    test_case("inspection: %s", name);
    sample_named(dataset, name, &index);
    CHECK(inspection->suspicion[index] == suspicion && inspection->suspicions[suspicion] == 1);
}

static bool has_problem(Dataset *dataset, const char *name, const char *what) {
    bool found = false;
    for (int i = 0; i < problems_count(&dataset->problems); i++) {
        char *line = problems_line(&dataset->problems, i);
        found |= strstr(line, name) && strstr(line, what);
        free(line);
    }
    return found;
}

TEST(inspection_finds_what_is_wrong) {
    put_tree();
    Dataset *dataset = open_tree(SPLIT_OFFICIAL);
    Inspection inspection = inspection_of(dataset);
    CHECK(dataset->count == SCENES + 1 && dataset->class_count == 3);
    CHECK(total(inspection.images) == SCENES + 1 && total(inspection.defect_free) == 1);
    int64_t pixels = 0;
    int with_second = 0;
    for (Part part = PART_TRAIN; part < PARTS; part++) {
        pixels += inspection.pixels[part][1];
        with_second += inspection.with_class[part][2];
    }
    /* Label 1: 100, 102, ... 112; the copy's 100; all of one mask. */
    CHECK(pixels == 7 * 106 + 100 + PIXELS && with_second == 6 + 1);
    CHECK(inspection.smallest[1] == 100 && inspection.smallest[2] == 3);
    CHECK(inspection.size_count == 1 && inspection.sizes[0].width == WIDTH &&
          inspection.sizes[0].images == SCENES + 1);
    CHECK(inspection.scenes == SCENES && inspection.copies == 2);
    check_suspicion(dataset, &inspection, "empty", SUSPICION_EMPTY);
    check_suspicion(dataset, &inspection, "full", SUSPICION_FULL);
    check_suspicion(dataset, &inspection, "speck", SUSPICION_SPECK);
    CHECK(problems_count(&dataset->problems) == 3);
    CHECK(has_problem(dataset, "wide", "41 x 32") && has_problem(dataset, "alone", "") &&
          has_problem(dataset, "lost", ""));
    CHECK(inspection_finds_fault(dataset, &inspection));
    inspection_free(&inspection);
    dataset_free(dataset);
}

/* Moved by hand, so that the answer is known. */
TEST(inspection_counts_leaks) {
    put_tree();
    Dataset *dataset = open_tree(SPLIT_SCENE);
    int first, copy;
    sample_named(dataset, "good 0", &first);
    sample_named(dataset, "copy", &copy);
    CHECK(dataset->samples[first].part == dataset->samples[copy].part);
    for (Part part = PART_VAL; part < PARTS; part++) {
        dataset->samples[first].part = PART_TRAIN;
        dataset->samples[copy].part = part;
        Inspection inspection = inspection_of(dataset);
        CHECK(inspection.leaks[part] == 1 && total(inspection.leaks) == 1);
        inspection_free(&inspection);
    }
    dataset->samples[copy].part = PART_TRAIN;
    Inspection inspection = inspection_of(dataset);
    CHECK(total(inspection.leaks) == 0);
    inspection_free(&inspection);
    dataset_free(dataset);
}

TEST(inspection_draws_a_sheet) {
    put_tree();
    Dataset *dataset = open_tree(SPLIT_SCENE);
    Inspection inspection = inspection_of(dataset);
    const char *path = path_of("%s/sheet.png", test_folder());
    Image sheet;
    Error error = { "" };
    CHECK(contact_sheet_write(dataset, &inspection, path, &error));
    CHECK(image_read(path, 3, &sheet, &error));
    CHECK(sheet.width > 8 * 150 && sheet.height > 5 * 160); /* two classes, three suspicions */
    int64_t bright = 0;
    for (size_t i = 0; i < image_bytes(&sheet); i++) bright += sheet.pixels[i] > 60;
    CHECK(bright > (int64_t)image_bytes(&sheet) / 5);
    CHECK(!contact_sheet_write(dataset, &inspection, "/nowhere/sheet.png", &error));
    image_free(&sheet);
    inspection_free(&inspection);
    dataset_free(dataset);
}
