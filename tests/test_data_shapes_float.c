/* test_data_shapes_float.c - masks that are shapes: the filling of polygons against a naive rule, masks
 * computed by hand, and every way in which a file of LabelMe can be bad. */
#include "data/dataset.h"
#include "data/shapes/drawing.h"
#include "tensor/memory.h"
#include "tests/shape_trees.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- The filling of polygons ---- */

/* Whether the point is inside by the even-odd rule: a ray to the left crosses an odd number of edges.
 * *margin: the distance to the nearest edge. */
static bool oracle_inside(const double *points, int count, double x, double y, double *margin) {
    bool inside = false;
    *margin = INFINITY;
    for (int i = 0; i < count; i++) {
        const double *a = points + 2 * i, *b = points + 2 * ((i + 1) % count);
        const double u = b[0] - a[0], v = b[1] - a[1], square = u * u + v * v;
        double along = square > 0 ? ((x - a[0]) * u + (y - a[1]) * v) / square : 0;
        along = along < 0 ? 0 : along > 1 ? 1 : along;
        *margin = fmin(*margin, hypot(a[0] + along * u - x, a[1] + along * v - y));
        /* The cross product says on which side of the edge the point lies. */
        const double side = u * (y - a[1]) - v * (x - a[0]);
        if (a[1] <= y && b[1] > y && side < 0) inside = !inside;
        if (b[1] <= y && a[1] > y && side > 0) inside = !inside;
    }
    return inside;
}

static Image drawn_polygon(const double *points, int count, int width, int height) {
    Drawing *drawing = drawing_new("shape");
    Image labels;
    Error error = { "" };
    for (int i = 0; i < 2 * count; i++) drawing_add_number(drawing, points[i]);
    drawing_add_shape(drawing, SHAPE_POLYGON, memory_text("a"), 1, 0);
    drawing->shapes[0].class = 1;
    PROMISE(drawing_draw(drawing, width, height, "x", &labels, &error), "%s", error.text);
    drawing_free(drawing);
    return labels;
}

TEST(data_shapes_polygons_as_by_the_naive_rule) {
    enum { WIDTH = 37, HEIGHT = 29, MOST = 9, TRIALS = 400 };
    Random random = random_stream(11, 0, 0, 0);
    int inside = 0, compared = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double points[2 * MOST];
        const int count = 3 + (int)random_below(&random, MOST - 2);
        const double reach = trial % 2 ? 10 : 1000; /* beyond the image on every side */
        for (int i = 0; i < count; i++) {
            points[2 * i] = random_between(&random, -reach, WIDTH + reach);
            points[2 * i + 1] = random_between(&random, -reach, HEIGHT + reach);
            if (trial % 3 == 0) { /* vertices and edges on the rows of centres */
                points[2 * i] = floor(points[2 * i]) + 0.5;
                points[2 * i + 1] = floor(points[2 * i + 1]) + 0.5;
            }
        }
        Image labels = drawn_polygon(points, count, WIDTH, HEIGHT);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                double margin;
                const bool wanted = oracle_inside(points, count, x + 0.5, y + 0.5, &margin);
                if (margin < 1e-9) continue;
                CHECK(labels.pixels[y * WIDTH + x] == wanted);
                inside += wanted;
                compared++;
            }
        image_free(&labels);
    }
    CHECK(compared > TRIALS * WIDTH * HEIGHT * 9 / 10);
    CHECK(inside > compared / 10 && inside < compared * 9 / 10);
}

/* A jagged cut from top to bottom: every pixel is on one of its sides, wherever its vertices are. */
TEST(data_shapes_neighbours_share_no_pixel_and_leave_none) {
    enum { WIDTH = 31, HEIGHT = 24, CUT = 13 };
    Random random = random_stream(12, 0, 0, 0);
    for (int trial = 0; trial < 100; trial++) {
        double left[2 * (CUT + 2)] = { 0 }, right[2 * (CUT + 2)] = { 0 };
        for (int i = 0; i < CUT; i++) {
            double x = random_between(&random, 0, WIDTH), y = HEIGHT * i / (double)(CUT - 1);
            if (trial % 2) x = floor(x) + 0.5;
            left[2 * i] = right[2 * (CUT - 1 - i)] = x;
            left[2 * i + 1] = right[2 * (CUT - 1 - i) + 1] = y;
        }
        memcpy(left + 2 * CUT, (double[4]){ 0, HEIGHT, 0, 0 }, 4 * sizeof(double));
        memcpy(right + 2 * CUT, (double[4]){ WIDTH, 0, WIDTH, HEIGHT }, 4 * sizeof(double));
        Image a = drawn_polygon(left, CUT + 2, WIDTH, HEIGHT);
        Image b = drawn_polygon(right, CUT + 2, WIDTH, HEIGHT);
        for (size_t i = 0; i < image_bytes(&a); i++) CHECK(a.pixels[i] + b.pixels[i] == 1);
        image_free(&a);
        image_free(&b);
    }
}

/* ---- LabelMe ---- */

#define TRIANGLE "{\"label\":\"b\",\"points\":[[0,0],[4,0],[0,4]]}"
#define LABELME(shapes) "{\"shapes\":[" shapes "],\"imageWidth\":8,\"imageHeight\":6}"

/* A triangle, a rectangle from its lower right corner, a circle over it, and a polygon that crosses
 * itself. A centre on the triangle's long side is not in it. */
static const char all_shapes[] =
    "\xef\xbb\xbf{\"version\":\"5.4.1\",\"flags\":{},\"shapes\":["
    "{\"label\":\"b\",\"points\":[[0,0],[4,0.0],[0,4e0]],\"group_id\":null,\"shape_type\":"
    "\"polygon\"},"
    "{\"shape_type\":\"rectangle\",\"points\":[[8,4],[5,1]],\"label\":\"a\",\"flags\":{}},"
    "{\"label\":\"c\",\"points\":[[6,4],[7.2,4]],\"shape_type\":\"circle\"},"
    "{\"label\":\"a\",\"points\":[[0,4],[4,6],[4,4],[0,6]],\"shape_type\":null}],"
    "\"imagePath\":\"..\\\\one.png\",\"imageData\":null,\"imageHeight\":6,\"imageWidth\":8}";
static const char all_shapes_mask[] =
    "22200000\n22000111\n20000111\n00000331\n10010330\n10010000\n";

TEST(data_shapes_of_labelme) {
    const char *folder = memory_text(test_folder());
    put_picture(folder, "one.png", 8, 6);
    put_picture(folder, "line 2/two.png", 8, 6);
    put_text(path_of("%s/masks/one.json", folder), all_shapes);
    put_text(path_of("%s/masks/line 2/two.json", folder), "{\"shapes\":[]}");
    Dataset *dataset = open_folder(folder);
    CHECK(dataset && dataset->count == 2 && dataset->class_count == 4);
    CHECK(dataset && !strcmp(dataset->classes[0], "background"));
    CHECK(dataset && !strcmp(dataset->classes[3], "c") && dataset->samples[1].label == 1);
    check_mask(dataset, 0, "00000000\n00000000\n00000000\n00000000\n00000000\n00000000\n");
    check_mask(dataset, 1, all_shapes_mask);
    dataset_free(dataset);
    CHECK_SAYS(
        folder, NULL,
        "labels: 0 background 78.1%, 1 a 11.5%, 2 b 6.25%, 3 c 4.17% of the pixels; 4 shapes of "
        "2 images from LabelMe files, classes by the shapes' labels in alphabetical order");
    /* The order of classes.txt, whatever form its lines have. */
    put_text(path_of("%s/classes.txt", folder),
             "#000000: metal\n#ff0000: c\n#00ff00: b\n#0000ff: a\n");
    dataset = open_folder(folder);
    check_mask(dataset, 1, "22200000\n22000333\n20000333\n00000113\n30030110\n30030000\n");
    dataset_free(dataset);
    put_text(path_of("%s/classes.txt", folder), "0: metal\n9: b\n4: c\n5: a\n");
    dataset = open_folder(folder);
    check_mask(dataset, 1, "11100000\n11000333\n10000333\n00000223\n30030220\n30030000\n");
    dataset_free(dataset);
    CHECK_SAYS(folder, NULL, "classes by classes.txt");
    put_text(path_of("%s/classes.txt", folder), "b\nc\na\n"); /* b is the background */
    dataset = open_folder(folder);
    check_mask(dataset, 1, "00000000\n00000222\n00000222\n00000112\n20020110\n20020000\n");
    dataset_free(dataset);
    put_text(path_of("%s/classes.txt", folder), "metal\nb\na\n");
    CHECK_SAYS(folder, NULL,
               "masks/one.json: shape 3: the class 'c'; expected metal, b, a, by classes.txt");
    free((char *)folder);
}

/* Classes of weights: their names, or those of classes.txt in their order. */
TEST(data_shapes_by_the_classes_of_weights) {
    const char *folder = memory_text(test_folder());
    const char *names[] = { "steel", "dent", "b", "hole" };
    DatasetOptions options = { .class_names = names, .class_count = 4 };
    put_picture(folder, "one.png", 8, 6);
    put_text(path_of("%s/masks/one.json", folder), LABELME(TRIANGLE));
    CHECK_SAYS(folder, &options, "1 dent 0%, 2 b 12.5%, 3 hole 0%");
    CHECK_SAYS(folder, &options, "classes by the weights");
    names[1] = "b", names[2] = "dent";
    CHECK_SAYS(folder, &options, "1 b 12.5%");
    names[1] = "d";
    CHECK_SAYS(folder, &options,
               "shape 1: the class 'b'; expected steel, d, dent, hole, by the weights");
    put_text(path_of("%s/classes.txt", folder), "x\ny\nz\nb\n");
    CHECK_SAYS(folder, &options, "3 hole 12.5%");
    free((char *)folder);
}

TEST(data_shapes_have_no_values) {
    const char *folder = memory_text(test_folder());
    put_picture(folder, "one.png", 8, 6);
    put_text(path_of("%s/masks/one.json", folder), LABELME(TRIANGLE));
    CHECK_SAYS(folder, (&(DatasetOptions){ .ignores = true, .ignore_label = 255 }),
               "ignore_label 255: the masks of");
    CHECK_SAYS(folder, &(DatasetOptions){ .mask_threshold = 128 },
               "are LabelMe files, which hold no values");
    put_text(path_of("%s/masks/one.json", folder), LABELME(""));
    CHECK_SAYS(folder, NULL,
               ": no shape of a defect in 1 images; expected shapes, or a classes.txt");
    put_text(path_of("%s/classes.txt", folder), "a\nb\n");
    CHECK_SAYS(folder, NULL, "0 a 100%, 1 b 0% of the pixels; 0 shapes of 1 images");
    free((char *)folder);
}

typedef struct BadFile {
    const char *text, *says;
} BadFile;

#define SHAPE(label, points) "{\"label\":" label ",\"points\":" points "}"
#define SHAPE_OF(type, points) "{\"label\":\"a\",\"shape_type\":" type ",\"points\":" points "}"

static const BadFile bad_files[] = {
    { "", "masks/a.json: byte 0: expected '{', found the end" },
    { "[]", "masks/a.json: byte 0: expected '{'" },
    { "{\"images\":[]}", "no field 'shapes'; expected a file of LabelMe" },
    { "{\"shapes\":[]} x", "byte 14: expected the end" },
    { "{\"shapes\":[],\"shapes\":[]}", "two fields 'shapes'" },
    { "{\"shapes\":{}}", "byte 10: expected '['" },
    { LABELME(SHAPE("\"a\"", "[[1,2],[3,4],[5]]")),
      "masks/a.json: shape 1: byte 49: a point of 1 number; expected x and y" },
    { LABELME(TRIANGLE "," SHAPE("\"a\"", "[[1,2],[3,4],[5,6,7]]")),
      "shape 2: byte 96: a point of 3" },
    { LABELME(SHAPE("\"a\"", "[1,2,3,4,5,6]")), "shape 1: byte 34: expected '['" },
    { LABELME(SHAPE("\"a\"", "[[1,2],[3,4]]")), "a polygon of 2 points; expected 3 or more" },
    { LABELME(SHAPE("\"a\"", "[]")), "a polygon of 0 points" },
    { LABELME(SHAPE("\"a\"", "[[NaN,1],[2,3],[4,5]]")), "shape 1: byte 35: expected a number" },
    { LABELME(SHAPE("\"a\"", "[[Infinity,1],[2,3],[4,5]]")), "byte 35: expected a number" },
    { LABELME(SHAPE("\"a\"", "[[1e999,1],[2,3],[4,5]]")),
      "the coordinate inf; expected one within" },
    { LABELME(SHAPE("\"a\"", "[[1,-2e6],[2,3],[4,5]]")), "the coordinate -2e+06; expected one" },
    { LABELME(SHAPE("\"a\"", "[[null,1],[2,3],[4,5]]")), "byte 35: expected a number" },
    { LABELME(SHAPE("\"\"", "[[1,1],[2,3],[4,5]]")), "the name of a class is empty" },
    { LABELME(SHAPE("\"\\u001b[2J\"", "[[1,1],[2,3],[4,5]]")), "control character U+001B" },
    { LABELME(SHAPE("7", "[[1,1],[2,3],[4,5]]")), "shape 1: byte 20: expected a string" },
    { LABELME("{\"label\":\"a\"}"), "shape 1: byte 24: no field 'points'" },
    { LABELME("{\"points\":[[0,0],[1,1],[1,0]]}"), "no field 'label'" },
    { LABELME("{\"label\":\"a\",\"label\":\"b\"}"), "shape 1: byte 32: two fields 'label'" },
    { LABELME(SHAPE_OF("\"line\"", "[[1,1],[2,3]]")),
      "the shape_type 'line'; expected polygon, rectangle or circle" },
    { LABELME(SHAPE_OF("\"circle\"", "[[1,1]]")), "a circle of 1 point; expected 2, the centre" },
    { LABELME(SHAPE_OF("\"rectangle\"", "[[1,1],[2,2],[3,3]]")), "a rectangle of 3 points" },
    { "{\"shapes\":[],\"imageWidth\":9,\"imageHeight\":6}",
      "masks/a.json: mask of 9 x 6 pixels; its image has 8 x 6" },
    { "{\"shapes\":[],\"imageHeight\":7}", "mask of 8 x 7 pixels; its image has 8 x 6" },
    { "{\"shapes\":[],\"imageHeight\":0}", "an image of 0 pixels in width or height" },
    { "{\"shapes\":[],\"imageHeight\":1e3}", "expected a whole number" },
    { "{\"shapes\":[],\"imageHeight\":99999999999999999999999}", "a number is too large" },
};

TEST(data_shapes_bad_files_of_labelme) {
    const char *folder = memory_text(test_folder());
    put_picture(folder, "a.png", 8, 6);
    for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        test_case("bad LabelMe: %.200s", bad_files[i].text);
        put_text(path_of("%s/masks/a.json", folder), bad_files[i].text);
        CHECK_SAYS(folder, NULL, bad_files[i].says);
        CHECK(!strchr(opened(folder, NULL), '\n'));
    }
    free((char *)folder);
}

TEST(data_shapes_do_not_pair) {
    const char *folder = memory_text(test_folder());
    put_picture(folder, "a.png", 8, 6);
    put_picture(folder, "b.png", 8, 6);
    put_text(path_of("%s/masks/a.json", folder), LABELME(TRIANGLE));
    CHECK_SAYS(folder, NULL, "images/b.png: no mask; expected masks/b.json");
    put_text(path_of("%s/masks/b.json", folder), LABELME(""));
    put_text(path_of("%s/masks/c.json", folder), LABELME(TRIANGLE));
    CHECK_SAYS(folder, NULL, "masks/c.json: a mask without an image; expected images/c.{");
    unlink(path_of("%s/masks/c.json", folder));
    CHECK_SAYS(folder, NULL, "labels: 0 background 93.8%, 1 b 6.25%");
    Image labels = box_labels(8, 6, 1);
    put_png(path_of("%s/masks/a.png", folder), &labels);
    CHECK_SAYS(folder, NULL, "masks/a.png: an image among files of LabelMe, such as a.json");
    image_free(&labels);
    /* Where bad files are left out, their labels make no class. */
    unlink(path_of("%s/masks/a.png", folder));
    put_text(path_of("%s/masks/b.json", folder),
             LABELME("{\"label\":\"aa\",\"points\":[[0,0],[1,0],[1,1]]},{\"label\":\"z\"}"));
    CHECK_SAYS(folder, &(DatasetOptions){ .bad_files = BAD_FILES_SKIP },
               "1 b 12.5% of the pixels; 1 ");
    free((char *)folder);
}

/* As 0 is the background and 255 is kept for ignored pixels. */
TEST(data_shapes_at_most_254_labels) {
    const char *folder = memory_text(test_folder());
    put_picture(folder, "a.png", 8, 6);
    for (int labels = 254; labels <= 255; labels++) {
        Bytes text = { 0 };
        append_bytes(&text, "{\"shapes\":[", 11);
        for (int i = labels; i-- > 0;) {
            char *shape = (char *)path_of("{\"label\":\"k%03d\",\"points\":[[0,0],[4,0],[0,4]]}%s",
                                          i, i ? "," : "]}");
            append_bytes(&text, shape, (int)strlen(shape));
        }
        put_bytes(path_of("%s/masks/a.json", folder), text.data, text.count);
        free(text.data);
        CHECK_SAYS(folder, NULL,
                   labels == 254 ? "1 k000 12.5%"
                                 : "shape 255: 'k000' is one label more than the 254");
    }
    free((char *)folder);
}

/* ---- Hostile files ---- */

TEST(data_shapes_hostile_files_end_soon) {
    const char *folder = memory_text(test_folder());
    const size_t size = 4 << 20;
    char *text = memory_new(size, 1);
    put_picture(folder, "a.png", 500, 400);
    const char *path = memory_text(path_of("%s/masks/a.json", folder));
    memset(text, '[', size); /* nested */
    memcpy(text, "{\"x\":", 5);
    put_bytes(path, text, size);
    CHECK_SAYS(folder, NULL, "masks/a.json: byte 69: nested too deeply");
    memset(text, '9', size); /* a number of four million digits */
    memcpy(text, "{\"shapes\":[{\"points\":[[", 23);
    put_bytes(path, text, size);
    CHECK_SAYS(folder, NULL, "a number has 4194281 characters");
    /* A polygon of a quarter of a million points that crosses every row each time. */
    size_t used = (size_t)sprintf(text, "{\"shapes\":[{\"label\":\"a\",\"points\":[[0,0]");
    for (int i = 1; i < 4000000 / 16; i++)
        used += (size_t)sprintf(text + used, ",[%d,%s]", i % 500, i % 2 ? "999999" : "-99999");
    used += (size_t)sprintf(text + used, "]}]}");
    CHECK(used < size);
    put_bytes(path, text, used);
    CHECK_SAYS(folder, NULL, "labels: 0 background"); /* 10^8 crossings are drawn */
    /* Thirty thousand rectangles over the whole image. */
    used = (size_t)sprintf(text, "{\"shapes\":[");
    for (int i = 0; i < 30000; i++)
        used +=
            (size_t)sprintf(text + used,
                            "%s{\"label\":\"a\",\"shape_type\":\"rectangle\",\"points\":[[-9,-9],"
                            "[999,999]]}",
                            i ? "," : "");
    used += (size_t)sprintf(text + used, "]}");
    CHECK(used < size);
    put_bytes(path, text, used);
    CHECK_SAYS(folder, NULL, "30000 shapes that cover 6.02e+09 pixels of an image of 500 x 400");
    free(text);
    free((char *)path);
    free((char *)folder);
}

/* Good text with bytes changed or cut off: understood, or refused with a line. */
TEST(data_shapes_survive_damage) {
    const char *folder = memory_text(test_folder());
    const char alphabet[] = "{}[]\",:\\u0e-+.tfn \xff\xc3\xa9";
    Random random = random_stream(6, 0, 0, 0);
    int refused = 0;
    put_picture(folder, "one.png", 8, 6);
    for (int trial = 0; trial < 2000; trial++) {
        char text[sizeof all_shapes];
        size_t length = sizeof all_shapes - 1;
        Error error = { "" };
        memcpy(text, all_shapes, sizeof all_shapes);
        for (uint64_t changes = random_below(&random, 3); changes > 0; changes--)
            text[random_below(&random, length)] =
                alphabet[random_below(&random, sizeof alphabet - 1)];
        length -= (random_below(&random, 4) == 0) * random_below(&random, length);
        put_bytes(path_of("%s/masks/one.json", folder), text, length);
        Dataset *dataset = dataset_open("folder", folder, NULL, &error);
        CHECK((dataset == NULL) == (error.text[0] != '\0'));
        refused += !dataset;
        dataset_free(dataset);
    }
    CHECK(refused > 500 && refused < 1900);
    free((char *)folder);
}
