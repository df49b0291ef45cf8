/* test_hadnet_picture.c - drawing: lines, text, curves and overlays. */
#include "hadnet/reports/epoch_curves.h"
#include "hadnet/reports/legend.h"
#include "hadnet/reports/overlays.h"
#include "hadnet/reports/picture.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Colour white = { 255, 255, 255 }, black = { 0, 0, 0 }, red = { 255, 0, 0 };

static bool same(Colour a, Colour b) {
    return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

/* How many pixels have that colour. */
static int count_colour(const Image *picture, Colour colour) {
    int count = 0;
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++) count += same(picture_get(picture, x, y), colour);
    return count;
}

/* The columns at which a colour stands in row y: first and last; first is -1 without any. */
static void span_of(const Image *picture, int y, Colour colour, int *first, int *last) {
    *first = *last = -1;
    for (int x = 0; x < picture->width; x++) {
        if (!same(picture_get(picture, x, y), colour)) continue;
        if (*first < 0) *first = x;
        *last = x;
    }
}

/* CIE lightness, up to a constant: relative luminance of an sRGB colour. */
static double luminance(Colour colour) {
    const double channels[] = { colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0 };
    return 0.2126 * pow(channels[0], 2.2) + 0.7152 * pow(channels[1], 2.2) +
           0.0722 * pow(channels[2], 2.2);
}

TEST(palette_tells_classes_apart) {
    for (int a = 0; a <= 21; a++)
        for (int b = 0; b < a; b++) {
            const Colour x = class_colour(a), y = class_colour(b);
            CHECK(abs(x.red - y.red) + abs(x.green - y.green) + abs(x.blue - y.blue) > 40);
        }
    CHECK(same(class_colour(255), white));
    CHECK(same(class_colour(22), class_colour(1)));
}

TEST(palette_heat_grows_lighter) {
    for (int i = 1; i <= 100; i++)
        CHECK(luminance(heat_colour(i / 100.0)) > luminance(heat_colour((i - 1) / 100.0)));
    CHECK(same(heat_colour(0), black) && same(heat_colour(-7), black));
    CHECK(same(heat_colour(1), heat_colour(INFINITY)) && heat_colour(1).red == 255);
    for (int i = 0; i <= 100; i++) CHECK(!same(heat_colour(NAN), heat_colour(i / 100.0)));
    CHECK(same(colour_blend(black, white, 0.25), (Colour){ 64, 64, 64 }));
    CHECK(same(colour_blend(white, black, 0.25), (Colour){ 191, 191, 191 }));
}

TEST(picture_shapes_are_clipped_and_exact) {
    Image picture = picture_new(20, 10, white);
    CHECK(count_colour(&picture, white) == 200);
    picture_rectangle(&picture, 2, 3, 4, 5, red);
    CHECK(count_colour(&picture, red) == 20);
    CHECK(same(picture_get(&picture, 2, 3), red) && same(picture_get(&picture, 5, 7), red));
    CHECK(same(picture_get(&picture, 6, 7), white) && same(picture_get(&picture, 5, 8), white));
    picture_rectangle(&picture, -5, -5, 7, 6, red);
    CHECK(count_colour(&picture, red) == 22);
    picture_rectangle(&picture, 18, 8, 1000, 1000, red);
    picture_rectangle(&picture, 30, 30, 5, 5, red);
    picture_rectangle(&picture, -30, -30, 5, 5, red);
    CHECK(count_colour(&picture, red) == 26);
    picture_frame(&picture, 8, 2, 5, 4, black);
    CHECK(count_colour(&picture, black) == 14);
    picture_set(&picture, 20, 0, black);
    picture_set(&picture, 0, -1, black);
    CHECK(count_colour(&picture, black) == 14);
    image_free(&picture);
}

TEST(picture_lines_cover_their_length_times_thickness) {
    const double ends[][4] = {
        { 10, 50, 90, 50 }, { 50, 10, 50, 90 }, { 10, 10, 80, 90 }, { 85.3, 12.1, 20.7, 60.2 }
    };
    for (int i = 0; i < 4; i++) {
        const double *e = ends[i];
        Image picture = picture_new(100, 100, black);
        picture_line(&picture, e[0], e[1], e[2], e[3], 4, white);
        double area = 0;
        for (int y = 0; y < 100; y++)
            for (int x = 0; x < 100; x++) area += picture_get(&picture, x, y).red / 255.0;
        const double pi = 3.14159265358979, expected = 4 * hypot(e[2] - e[0], e[3] - e[1]) + pi * 4;
        CHECK_NEAR(area, expected, 0.01);
        CHECK(
            same(picture_get(&picture, (int)((e[0] + e[2]) / 2), (int)((e[1] + e[3]) / 2)), white));
        image_free(&picture);
    }
    Image picture = picture_new(10, 10, black);
    picture_line(&picture, 0, 5, 10, 5, 4, white);
    for (int y = 0; y < 10; y++)
        CHECK(same(picture_get(&picture, 5, y), y >= 3 && y < 7 ? white : black));
    picture_rectangle(&picture, 0, 0, 10, 10, black);
    picture_line(&picture, -1e9, -1e9, 1e9, 1e9, 2, white); /* across, with ends far away */
    CHECK(same(picture_get(&picture, 5, 5), white) && same(picture_get(&picture, 9, 0), black));
    picture_line(&picture, NAN, 0, 5, NAN, 2, red);
    image_free(&picture);
}

TEST(picture_text_draws_glyphs) {
    Image picture = picture_new(40, 24, white);
    picture_text(&picture, 2, 1, 1, black, "T1");
    int first, last;
    span_of(&picture, 1, black, &first, &last);
    CHECK(first == 2 && last == 10);                 /* the T's bar, and the 1's tip at 2 + 6 + 2 */
    CHECK(same(picture_get(&picture, 4, 7), black)); /* the T's foot */
    span_of(&picture, 8, black, &first, &last);
    CHECK(first == -1);
    CHECK(count_colour(&picture, black) == 5 + 6 + 10);
    picture_text(&picture, 20, 1, 1, red, "L");
    span_of(&picture, 4, red, &first, &last);
    CHECK(first == 20 && last == 20);
    picture_text(&picture, 38, 20, 3, red, "MMMM"); /* over the edge */
    picture_text(&picture, -100, -100, 3, red, "MMMM");
    CHECK(picture_text_width("abc", 2) == 36 && picture_text_width("", 2) == 0);
    CHECK(picture_text_width("\xc3\xa9t\xc3\xa9", 1) == 18);
    image_free(&picture);
}

TEST(picture_text_has_a_glyph_of_its_own_for_every_character) {
    Image pictures[96];
    for (int i = 0; i < 96; i++) {
        const char text[] = { (char)(i < 95 ? 32 + i : 1), '\0' };
        pictures[i] = picture_new(6, 10, white);
        picture_text(&pictures[i], 0, 0, 1, black, text);
        CHECK(i == 0 || count_colour(&pictures[i], black) > 0);
        for (int y = 0; y < 10; y++) CHECK(same(picture_get(&pictures[i], 5, y), white));
        for (int j = 0; j < i; j++)
            CHECK(memcmp(pictures[i].pixels, pictures[j].pixels, 6 * 10 * 3) != 0);
    }
    for (int i = 0; i < 96; i++) image_free(&pictures[i]);
}

/* A table whose loss falls from 1 to 0 over epochs 1..5. */
static Csv falling_table(void) {
    const char *const names[] = { "epoch", "loss", "miou" };
    Csv table = csv_new(3, names);
    for (int i = 0; i < 5; i++) {
        const double row[] = { i + 1, 1 - 0.25 * i, i == 2 ? NAN : 0.5 };
        csv_add_row(&table, row);
    }
    return table;
}

TEST(curves_show_the_values) {
    const CurvePanel panels[] = { { "loss", { { "loss", "loss" }, { "absent", "absent" } }, false },
                                  { "IoU", { { "miou", "mean IoU" } }, true } };
    Csv table = falling_table();
    Image picture = curves_draw(&table, panels, 2);
    const Colour blue = class_colour(5);
    CHECK(picture.width == 960 && picture.height == 720);
    /* The loss begins at the top left of the axes, ends at their bottom right, and falls evenly. */
    int first, last, other;
    span_of(&picture, 44, blue, &first, &last);
    CHECK(abs(first - 102) <= 4);
    span_of(&picture, 304, blue, &other, &last);
    CHECK(last > 700);
    const double right = last;
    span_of(&picture, 174, blue, &first, &last);
    CHECK(fabs((first + last) / 2.0 - (104 + right) / 2) <= 5);
    /* mIoU 0.5: the middle row of the second panel, with a gap at epoch 3. */
    span_of(&picture, 360 + 174, blue, &first, &last);
    CHECK(first >= 100 && first <= 106 && fabs(last - right) <= 4);
    CHECK(!same(picture_get(&picture, (int)((104 + right) / 2), 360 + 174), blue));
    span_of(&picture, 360 + 240, blue, &first, &last);
    CHECK(first == -1);
    image_free(&picture);
    csv_free(&table);
}

/* Two epochs of stage 1, two of stage 3; the second and the third are equally good. */
static Csv staged_table(void) {
    const char *const names[] = { "epoch", "stage", "val_miou_all" };
    const double rows[][3] = { { 1, 1, 0.2 }, { 2, 1, 0.6 }, { 3, 3, 0.6 }, { 4, 3, NAN } };
    Csv table = csv_new(3, names);
    for (int i = 0; i < 4; i++) csv_add_row(&table, rows[i]);
    return table;
}

TEST(curves_mark_the_stage_and_the_best_epoch) {
    const CurvePanel panel = { "IoU", { { "val_miou_all", "mIoU" } }, true };
    Csv table = staged_table();
    AxisMark marks[EPOCH_MARKS_MAX];
    CHECK(epoch_best_row(&table) == 1 && epoch_marks(&table, marks) == 2);
    CHECK(marks[0].at == 2.5 && !strcmp(marks[0].text, "stage 3"));
    CHECK(marks[1].at == 2 && !strcmp(marks[1].text, "best"));
    /* Each mark starts with a dash at the top of the axes; the legend is right of 800. */
    Image picture = curves_draw(&table, &panel, 1);
    const Colour ink = { 40, 40, 40 };
    int found = 0;
    for (int x = 110; x < 800; x++) {
        const bool top = same(picture_get(&picture, x, 46), ink);
        found += top && !same(picture_get(&picture, x - 1, 46), ink);
    }
    CHECK(found == 2);
    image_free(&picture);
    table.rows = 2; /* the training has not come to stage 3 */
    CHECK(epoch_marks(&table, marks) == 1 && marks[0].at == 2);
    table.rows = 0;
    CHECK(epoch_best_row(&table) == -1 && epoch_marks(&table, marks) == 0);
    table.rows = 4;
    csv_free(&table);
    const char *const others[] = { "epoch", "loss" };
    table = csv_new(2, others);
    csv_add_row(&table, (double[]){ 1, 1 });
    CHECK(epoch_best_row(&table) == -1 && epoch_marks(&table, marks) == 0);
    csv_free(&table);
}

/* Rows of a damaged metrics.csv: their epochs are no numbers, or lie far beyond the axis. */
TEST(curves_leave_out_marks_without_a_place) {
    const CurvePanel panel = { "IoU", { { "val_miou_all", "mIoU" } }, true };
    const char *const names[] = { "epoch", "stage", "val_miou_all" };
    const double epochs[] = { NAN, INFINITY, -INFINITY, 1e300, -1e300 };
    for (int i = 0; i < 5; i++) {
        AxisMark marks[EPOCH_MARKS_MAX];
        Csv table = csv_new(3, names);
        csv_add_row(&table, (double[]){ 1, 1, 0.2 });
        csv_add_row(&table, (double[]){ epochs[i], 3, 0.6 });
        CHECK(epoch_marks(&table, marks) == (isfinite(epochs[i]) ? 2 : 0));
        Image picture = curves_draw(&table, &panel, 1);
        CHECK(picture.pixels != NULL);
        image_free(&picture);
        csv_free(&table);
    }
}

TEST(curves_of_hard_tables_are_drawn) {
    const CurvePanel panel = {
        "a title that is quite long, longer than the picture is wide, so that "
        "it runs over its edge on the right",
        { { "loss", "loss" }, { "miou", "IoU" }, { "no such column", "none" } },
        false
    };
    const char *const names[] = { "epoch", "loss", "miou" };
    const double rows[][3] = { { 1, 0, 0 },          { 2, 1.7e308, -1.7e308 },
                               { 3, INFINITY, NAN }, { 4, 1e-300, 0 },
                               { NAN, 1, 1 },        { 1e9, 5e-324, 1e99 },
                               { -1e9, -1e99, 0 },   { -1e308, 1, 1 } };
    for (int count = 0; count <= 8; count++) {
        Csv table = csv_new(3, names);
        for (int i = 0; i < count; i++) csv_add_row(&table, rows[i]);
        Image picture = curves_draw(&table, &panel, 1);
        CHECK(picture.height == 360 && !same(picture_get(&picture, 104, 200), white));
        image_free(&picture);
        csv_free(&table);
    }
    const char *const without_epoch[] = { "loss" };
    Csv table = csv_new(1, without_epoch);
    csv_add_row(&table, rows[0]);
    Image picture = curves_draw(&table, &panel, 1);
    image_free(&picture);
    csv_free(&table);
}

TEST(curves_let_no_huge_value_flatten_the_rest) {
    const CurvePanel panel = { "loss", { { "loss", "loss" } }, false };
    const char *const names[] = { "epoch", "loss" };
    const double rows[][2] = { { 1, 1.7e308 }, { 2, 0 }, { 3, NAN }, { 4, 1 } };
    Csv table = csv_new(2, names);
    for (int i = 0; i < 4; i++) csv_add_row(&table, rows[i]);
    Image picture = curves_draw(&table, &panel, 1);
    int first, last;
    span_of(&picture, 44, class_colour(5), &first, &last); /* the first, held down, and the last */
    CHECK(abs(first - 104) <= 4 && last > 700);
    span_of(&picture, 302, class_colour(5), &first, &last);
    CHECK(first > 340 && last < 360);
    image_free(&picture);
    csv_free(&table);
}

TEST(curves_are_written_from_a_file) {
    const CurvePanel panel = { "loss", { { "loss", "loss" } }, false };
    char csv[256], png[256];
    Error error;
    const char *folder = test_folder();
    snprintf(csv, sizeof csv, "%s/metrics.csv", folder);
    snprintf(png, sizeof png, "%s/curves.png", folder);
    CHECK(!curves_write(csv, &panel, 1, png, &error));
    CHECK(strstr(error.text, "metrics.csv: cannot open"));
    Csv table = falling_table();
    CHECK(csv_write(csv, &table, &error));
    CHECK(curves_write(csv, &panel, 1, png, &error));
    Image read = { 0 }, drawn = curves_draw(&table, &panel, 1);
    CHECK(image_read(png, 3, &read, &error));
    CHECK(read.pixels && image_bytes(&read) == image_bytes(&drawn) &&
          memcmp(read.pixels, drawn.pixels, image_bytes(&drawn)) == 0);
    image_free(&read);
    image_free(&drawn);
    csv_free(&table);
}

TEST(overlay_pictures_keep_labels_and_scores) {
    const uint8_t labels[] = { 0, 3, 255, 7, 1, 0 };
    const float scores[] = { 0, 0.5f, 1, NAN, -1, 2 };
    Image mask = overlay_mask(labels, 3, 2), grey = overlay_scores(scores, 3, 2);
    Image heat = overlay_heat(scores, 3, 2);
    const uint8_t expected[] = { 0, 128, 255, 0, 0, 255 };
    CHECK(mask.channels == 1 && memcmp(mask.pixels, labels, 6) == 0);
    CHECK(grey.channels == 1 && memcmp(grey.pixels, expected, 6) == 0);
    CHECK(same(picture_get(&heat, 2, 0), heat_colour(1)));
    CHECK(same(picture_get(&heat, 0, 1), heat_colour(NAN)));
    image_free(&mask);
    image_free(&grey);
    image_free(&heat);
}

TEST(overlay_blend_fills_lightly_and_outlines_around) {
    const Colour metal = { 10, 20, 30 };
    uint8_t labels[9 * 9] = { 0 };
    Image image = picture_new(9, 9, metal);
    for (int y = 2; y < 7; y++)
        for (int x = 2; x < 7; x++) labels[9 * y + x] = 2;
    Image blended = overlay_blend(&image, labels);
    CHECK(count_colour(&blended, colour_blend(metal, class_colour(2), 0.25)) == 25);
    CHECK(count_colour(&blended, class_colour(2)) == 7 * 7 - 25);
    CHECK(count_colour(&blended, metal) == 81 - 7 * 7);
    image_free(&blended);
    /* Two classes that touch have no background between them. */
    for (int y = 2; y < 7; y++) labels[9 * y + 4] = 1;
    blended = overlay_blend(&image, labels);
    for (int x = 3; x < 6; x++)
        CHECK(same(picture_get(&blended, x, 4), class_colour(x == 4 ? 1 : 2)));
    CHECK(same(picture_get(&blended, 2, 4), colour_blend(metal, class_colour(2), 0.25)));
    CHECK(count_colour(&blended, metal) == 81 - 7 * 7);
    image_free(&blended);
    image_free(&image);
}

/* The scratch of one pixel is seen through its fill, and has an outline as wide as the image
 * needs. */
TEST(overlay_of_a_thin_scratch_in_a_large_image) {
    enum { WIDTH = 2048, HEIGHT = 40, SCRATCH = 20 };
    const Colour metal = { 90, 90, 90 }, bright = { 250, 250, 250 };
    uint8_t *labels = calloc(WIDTH * HEIGHT, 1);
    Image image = picture_new(WIDTH, HEIGHT, metal);
    for (int x = 100; x < 1900; x++) {
        labels[WIDTH * SCRATCH + x] = 3;
        picture_set(&image, x, SCRATCH, bright);
    }
    Image blended = overlay_blend(&image, labels);
    CHECK(overlay_outline(WIDTH, HEIGHT) == 4 && overlay_outline(HEIGHT, WIDTH) == 4);
    CHECK(overlay_outline(1, 1) == 1 && overlay_outline(767, 3) == 1);
    CHECK(overlay_outline(768, 3) == 2);
    for (int y = 0; y < HEIGHT; y++) {
        const int off = abs(y - SCRATCH);
        CHECK(same(picture_get(&blended, 1000, y), off == 0
                                                       ? colour_blend(bright, class_colour(3), 0.25)
                                                   : off <= 4 ? class_colour(3)
                                                              : metal));
    }
    CHECK(same(picture_get(&blended, 96, SCRATCH), class_colour(3)));
    CHECK(same(picture_get(&blended, 95, SCRATCH), metal));
    image_free(&blended);
    image_free(&image);
    free(labels);
}

TEST(overlays_sheet_places_every_picture) {
    const char *const names[] = { "background", "inclusion", "patches" };
    uint8_t truth[64 * 32], prediction[64 * 32];
    float scores[64 * 32];
    for (int i = 0; i < 64 * 32; i++) {
        truth[i] = 1;
        prediction[i] = 2;
        scores[i] = 1;
    }
    const Colour metal = { 100, 110, 120 };
    const OverlaySample samples[] = {
        { picture_new(64, 32, metal), truth, prediction, scores, "first", 0, 0 },
        { picture_new(1, 1, metal), NULL, NULL, NULL, NULL, 0, 0 },
    };
    Image sheet = overlays_draw(samples, 2, names, 3);
    CHECK(sheet.width == 4 * 268 + 12);
    /* Titles, a row with and one without a caption, the scale, the legend. */
    CHECK(sheet.height == 48 + (24 + 128 + 12) + (256 + 12) + 24 + 40);
    CHECK(count_colour(&sheet, metal) == 256 * 128 + 256 * 256);
    CHECK(count_colour(&sheet, colour_blend(metal, class_colour(1), 0.25)) == 256 * 128);
    CHECK(count_colour(&sheet, colour_blend(metal, class_colour(2), 0.25)) == 256 * 128);
    CHECK(count_colour(&sheet, heat_colour(1)) >= 256 * 128);
    CHECK(count_colour(&sheet, class_colour(1)) == 16 * 16); /* in the legend */
    image_free(&sheet);
    Image empty = overlays_draw(NULL, 0, names, 3);
    CHECK(empty.height == 48 + 24 && count_colour(&empty, class_colour(2)) == 0);
    image_free(&empty);
    for (int i = 0; i < 2; i++) {
        Image image = samples[i].image;
        image_free(&image);
    }
}

/* A square sample of a photograph that is not: it is shown as the photograph is. */
TEST(overlays_sheet_keeps_the_photographs_aspect) {
    const char *const names[] = { "background", "defect" };
    const Colour metal = { 100, 110, 120 };
    const OverlaySample sample = { .image = picture_new(32, 32, metal),
                                   .width = 400,
                                   .height = 100 };
    Image sheet = overlays_draw(&sample, 1, names, 2);
    CHECK(count_colour(&sheet, metal) == 256 * 64);
    image_free(&sheet);
    Image image = sample.image;
    image_free(&image);
}

/* Half of the defect is found: the caption has 50.0 %. Without a defect it has the name alone. */
TEST(overlays_captions_have_the_iou) {
    const char *const names[] = { "background", "defect" };
    uint8_t half[64] = { 0 }, all[64] = { 0 }, none[64] = { 0 };
    for (int i = 0; i < 32; i++) {
        all[i] = 1;
        half[i] = i < 16;
    }
    const struct {
        const uint8_t *truth, *prediction;
        const char *caption;
    } rows[] = { { all, half, "x  IoU 50.0 %" },
                 { all, none, "x  IoU 0.0 %" },
                 { half, half, "x  IoU 100.0 %" },
                 { none, none, "x" },
                 { all, NULL, "x" } };
    for (int i = 0; i < 5; i++) {
        OverlaySample sample = {
            picture_new(8, 8, black), rows[i].truth, rows[i].prediction, NULL, "x", 0, 0
        };
        Image sheet = overlays_draw(&sample, 1, names, 2);
        Image wanted = picture_new(sheet.width, 20, (Colour){ 24, 24, 24 });
        test_case("the caption %s", rows[i].caption);
        picture_text(&wanted, 12, 0, 2, (Colour){ 235, 235, 235 }, rows[i].caption);
        const size_t row = (size_t)sheet.width * 3;
        CHECK(!memcmp(sheet.pixels + 42 * row, wanted.pixels, 20 * row));
        image_free(&wanted);
        image_free(&sheet);
        image_free(&sample.image);
    }
}

TEST(legend_has_the_15_largest_classes) {
    int64_t pixels[LEGEND_LABELS] = { 0 };
    Legend legend = { .scale = 2 };
    for (int k = 1; k < 40; k++) pixels[k] = k % 3 == 1 ? 100 + k : 1;
    pixels[0] = 100000;
    int large = 0;
    for (int k = 1; k < LEGEND_LABELS; k++) {
        if (!legend_lists(pixels, k)) continue;
        legend_add(&legend, k, "class %d", k);
        large += k % 3 == 1;
    }
    legend_add_others(&legend, pixels);
    CHECK(large == 13 && legend.count == 16);
    CHECK(legend.entries[0].label == 1 && legend.entries[1].label == 2);
    CHECK(legend.entries[15].label == 0 && !strcmp(legend.entries[15].text, "and 24 more"));
    legend_add(&legend, 1, "no room");
    CHECK(legend.count == 16);
    const int width = legend_width(&legend), height = legend_draw(&legend, NULL, width, 5);
    CHECK(width == 11 * 12 + 12 * 2 && height == legend_draw(&legend, NULL, 1, 900));
    CHECK(legend_draw(&legend, NULL, 5 * width, 0) < height / 2);
    Image picture = picture_new(width, height, black);
    CHECK(legend_draw(&legend, &picture, width, 0) == height);
    for (int i = 0; i < 15; i++)
        CHECK(count_colour(&picture, class_colour(legend.entries[i].label)) >= 16 * 16);
    image_free(&picture);
}

TEST(overlays_that_cannot_be_written_are_an_error) {
    const char *const names[] = { "background", "defect" };
    Error error = { "" };
    CHECK(!overlays_write("/nowhere/o.png", NULL, 0, names, 2, &error));
    CHECK(strstr(error.text, "/nowhere/o.png"));
}

TEST(palettes_have_the_colours_of_labels_and_scores) {
    const PngPalette classes = class_palette(9), heat = heat_palette();
    CHECK(classes.count == 9 && heat.count == 256);
    for (int k = 0; k < 256; k++) {
        const uint8_t *c = classes.colours[k], *h = heat.colours[k];
        if (k < 9) CHECK(same((Colour){ c[0], c[1], c[2] }, class_colour(k)));
        CHECK(same((Colour){ h[0], h[1], h[2] }, heat_colour(k / 255.0)));
    }
}
