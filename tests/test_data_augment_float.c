/* test_data_augment_float.c - colour jitter against its definition, and normal twins. */
#include "data/augment.h"
#include "data/synth/synth.h"
#include "data/twin/illumination.h"
#include "data/twin/normal_twin.h"
#include "data/twin/texture_fill.h"
#include "tensor/memory.h"
#include "tests/data_trees.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double grey(const double *colour) {
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
}

/* One step of ColorJitter in double: 0 brightness, 1 contrast, 2 saturation. */
static void jitter_step(int kind, double factor, double *colours, int pixels) {
    double mean = 0;
    for (int i = 0; i < pixels; i++) mean += grey(colours + 3 * i) / pixels;
    for (int i = 0; i < pixels; i++) {
        const double own = grey(colours + 3 * i);
        for (int c = 0; c < 3; c++) {
            const double base = kind == 0 ? 0 : kind == 1 ? mean : own;
            const double value = factor * colours[3 * i + c] + (1 - factor) * base;
            colours[3 * i + c] = fmin(1, fmax(0, value));
        }
    }
}

TEST(data_jitter_matches_its_definition) {
    enum { PIXELS = 35 };
    float colours[3 * PIXELS];
    double expected[3 * PIXELS];
    Random random = random_stream(4, 0, 0, 0);
    const Augment augment = { false, 1, 0.9, 0.8, 0.7 };
    int orders[3][3] = { { 0 } };
    for (int trial = 0; trial < 60; trial++) {
        for (int i = 0; i < 3 * PIXELS; i++) {
            colours[i] = (float)random_uniform(&random);
            expected[i] = colours[i];
        }
        const Jitter jitter = augmentation_draw_jitter(&augment, &random);
        const double ranges[3] = { 0.9, 0.8, 0.7 };
        for (int k = 0; k < 3; k++) {
            CHECK(fabs(jitter.factors[k] - 1) <= ranges[k]);
            orders[k][jitter.order[k]]++;
            jitter_step(jitter.order[k], jitter.factors[jitter.order[k]], expected, PIXELS);
        }
        augmentation_jitter(&jitter, colours, NULL, PIXELS);
        for (int i = 0; i < 3 * PIXELS; i++) CHECK_NEAR(colours[i], expected[i], 1e-5);
    }
    for (int k = 0; k < 3; k++)
        for (int kind = 0; kind < 3; kind++) CHECK(orders[k][kind] > 8);
}

TEST(data_augment_draws) {
    Random random = random_stream(5, 0, 0, 0);
    const Augment usual = augmentation_default(), none = augmentation_none();
    int turns[8] = { 0 }, jitters = 0;
    for (int i = 0; i < 4000; i++) {
        turns[augmentation_draw_turn(&usual, &random)]++;
        jitters += augmentation_draw_jitter(&usual, &random).applies;
        CHECK(augmentation_draw_turn(&none, &random) == 0);
        CHECK(!augmentation_draw_jitter(&none, &random).applies);
    }
    for (int k = 0; k < 8; k++) CHECK(turns[k] > 400 && turns[k] < 600);
    CHECK(jitters > 850 && jitters < 1150); /* a quarter of 4000, within five deviations */
    float colours[3] = { 0.491f, 0.449f + 0.219f, 0.410f - 0.220f };
    const Normalisation usual_values = normalisation_default();
    augmentation_normalise(&usual_values, colours, 1);
    CHECK_NEAR(colours[0], 0, 1e-6);
    CHECK_NEAR(colours[1], 1, 1e-6);
    CHECK_NEAR(colours[2], -1, 1e-6);
}

TEST(data_masks_dilate_and_soften) {
    enum { W = 9, H = 7 };
    uint8_t mask[W * H] = { 0 }, out[W * H];
    float soft[W * H];
    Random random = random_stream(6, 0, 0, 0);
    for (int i = 0; i < W * H; i++) mask[i] = random_below(&random, 8) == 0;
    for (int reach = 0; reach < 12; reach += reach < 3 ? 1 : 4) {
        mask_dilate(mask, W, H, reach, out);
        mask_soften(mask, W, H, reach, soft);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                int sum = 0;
                for (int v = -reach; v <= reach; v++)
                    for (int u = -reach; u <= reach; u++) {
                        const int a = x + u < 0 ? 0 : x + u >= W ? W - 1 : x + u;
                        const int b = y + v < 0 ? 0 : y + v >= H ? H - 1 : y + v;
                        sum += mask[b * W + a];
                    }
                CHECK(out[y * W + x] == (sum > 0));
                CHECK_NEAR(soft[y * W + x], (double)sum / ((2 * reach + 1) * (2 * reach + 1)),
                           1e-6);
            }
    }
}

TEST(data_slow_light_bridges_holes) {
    enum { SIDE = 96 };
    Image image = image_new(SIDE, SIDE, 3);
    uint8_t hole[SIDE * SIDE] = { 0 };
    float *light = memory_new(3 * SIDE * SIDE, sizeof(float));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            hole[y * SIDE + x] = x >= 40 && x < 60 && y >= 30 && y < 52;
            for (int c = 0; c < 3; c++)
                image.pixels[3 * (y * SIDE + x) + c] =
                    (uint8_t)(hole[y * SIDE + x] ? 255 : 40 + x + 10 * c);
        }
    illumination(&image, hole, light);
    for (int y = 8; y < SIDE - 8; y++)
        for (int x = 8; x < SIDE - 8; x++)
            for (int c = 0; c < 3; c++) /* the slope goes on under the hole; 255 is never seen */
                CHECK(fabsf(light[3 * (y * SIDE + x) + c] - (float)(40 + x + 10 * c)) < 8);
    free(light);
    image_free(&image);
}

/* The standard deviation of the difference to the right neighbour, over masked pixels. */
static double roughness(const Image *image, const Image *labels, bool inside) {
    double sum = 0;
    int count = 0;
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x + 1 < image->width; x++) {
            const int i = y * image->width + x;
            if ((labels->pixels[i] != 0) != inside || (labels->pixels[i + 1] != 0) != inside)
                continue;
            const double step = image->pixels[3 * i] - image->pixels[3 * (i + 1)];
            sum += step * step;
            count++;
        }
    return sqrt(sum / count);
}

/* Even illumination, noise, and a black box. */
static Image damaged_metal(int width, int height, const Image *labels, uint64_t seed) {
    Image image = image_new(width, height, 3);
    Random random = random_stream(seed, 0, 0, 0);
    for (int i = 0; i < width * height; i++) {
        const double value = 100 + 0.3 * (i % width) + 8 * random_normal(&random);
        for (int c = 0; c < 3; c++)
            image.pixels[3 * i + c] = (uint8_t)(labels->pixels[i] ? value / 8 : value);
    }
    return image;
}

TEST(data_twin_fill_removes_the_defect_and_nothing_else) {
    Image labels = box_labels(130, 100, 2);
    Image image = damaged_metal(130, 100, &labels, 8), twin, again;
    TwinOptions options = twin_default();
    options.decoys = 0;
    Random random = random_stream(9, 0, 0, 0), same = random;
    CHECK(twin_fill(&image, &labels, &options, &random, &twin));
    CHECK(twin_fill(&image, &labels, &options, &same, &again));
    CHECK(!memcmp(twin.pixels, again.pixels, image_bytes(&twin)));
    double mean = 0;
    int inside = 0, touched = 0;
    for (int y = 0; y < 100; y++)
        for (int x = 0; x < 130; x++) {
            const int i = y * 130 + x;
            const bool far = x < 43 - 8 || x > 87 + 8 || y < 33 - 8 || y > 67 + 8;
            CHECK(!far || !memcmp(twin.pixels + 3 * i, image.pixels + 3 * i, 3));
            touched += memcmp(twin.pixels + 3 * i, image.pixels + 3 * i, 3) != 0;
            if (!labels.pixels[i]) continue;
            mean += twin.pixels[3 * i] - (100 + 0.3 * x);
            inside++;
        }
    CHECK(fabs(mean / inside) < 4 && touched >= inside);
    /* as rough as the metal around, where a smooth fill would be a cue */
    const double ratio = roughness(&twin, &labels, true) / roughness(&image, &labels, false);
    CHECK(ratio > 0.8 && ratio < 1.2);
    image_free(&image);
    image_free(&labels);
    image_free(&twin);
    image_free(&again);
}

TEST(data_twin_fill_decoys_and_refusals) {
    Image labels = box_labels(128, 128, 1), none = image_new(128, 128, 1), twin;
    Image image = damaged_metal(128, 128, &labels, 10), clean = damaged_metal(128, 128, &none, 11);
    TwinOptions options = twin_default();
    Random random = random_stream(12, 0, 0, 0);
    int changed[2] = { 0 };
    for (int decoys = 0; decoys < 2;
         decoys++) { /* on a clean image only decoys change pixels */
        options.decoys = 2 * decoys;
        CHECK(twin_fill(&clean, &none, &options, &random, &twin));
        for (int i = 0; i < 128 * 128; i++)
            changed[decoys] += memcmp(twin.pixels + 3 * i, clean.pixels + 3 * i, 3) != 0;
        image_free(&twin);
    }
    CHECK(changed[0] == 0 && changed[1] > 200 && changed[1] < 128 * 128 / 3);
    options.defect_most = 0.05; /* the box is a ninth */
    CHECK(!twin_fill(&image, &labels, &options, &random, &twin) && !twin.pixels);
    options.defect_most = 1;
    memset(none.pixels, 1, image_bytes(&none)); /* nothing clean to take from */
    CHECK(!twin_fill(&image, &none, &options, &random, &twin) && !twin.pixels);
    memset(none.pixels, 255, image_bytes(&none));
    CHECK(!twin_fill(&image, &none, &options, &random, &twin) && !twin.pixels);
    image_free(&labels);
    image_free(&none);
    image_free(&image);
    image_free(&clean);
    for (int size = 16; size < 60; size += 11) { /* small and oblong images */
        Image few = box_labels(size, 16, 1), metal = damaged_metal(size, 16, &few, 13);
        options = twin_default();
        if (twin_fill(&metal, &few, &options, &random, &twin)) CHECK(twin.width == size);
        image_free(&twin);
        image_free(&few);
        image_free(&metal);
    }
}

TEST(data_twin_paste) {
    Image labels = box_labels(120, 100, 3), none = image_new(120, 100, 1);
    Image donor = damaged_metal(120, 100, &labels, 14), normal = damaged_metal(120, 100, &none, 15);
    for (size_t i = 0; i < image_bytes(&normal); i++) normal.pixels[i] /= 2; /* underexposed */
    Image pasted, pasted_labels;
    TwinOptions options = twin_default();
    CHECK(twin_paste(&normal, &donor, &labels, &options, &pasted, &pasted_labels));
    CHECK(!memcmp(pasted_labels.pixels, labels.pixels, image_bytes(&labels)));
    double inside = 0, expected = 0;
    for (int i = 0; i < 120 * 100; i++) {
        if (labels.pixels[i]) {
            inside += pasted.pixels[3 * i];
            expected += normal.pixels[3 * i] / 8.0; /* the defect reflects an eighth of the light */
        }
        const int x = i % 120, y = i / 120;
        const bool far = x < 40 - 8 || x > 80 + 8 || y < 33 - 8 || y > 67 + 8;
        CHECK(!far || !memcmp(pasted.pixels + 3 * i, normal.pixels + 3 * i, 3));
    }
    CHECK(fabs(inside - expected) / image_bytes(&none) * 9 < 6);
    image_free(&pasted);
    image_free(&pasted_labels);
    options.defect_most = 0.05; /* the box is a ninth */
    CHECK(!twin_paste(&normal, &donor, &labels, &options, &pasted, &pasted_labels));
    options.defect_most = 0.4;
    CHECK(!twin_paste(&normal, &donor, &none, &options, &pasted, &pasted_labels));
    CHECK(!pasted.pixels && !pasted_labels.pixels);
    image_free(&labels);
    image_free(&none);
    image_free(&donor);
    image_free(&normal);
}

/* Half the texture is rough, half nearly even; a hole in the rough half must be filled roughly. */
TEST(data_texture_fill_is_not_drawn_to_smoothness) {
    enum { SIDE = 128 };
    float *texture = memory_new(3 * SIDE * SIDE, sizeof(float));
    float *before = memory_new(3 * SIDE * SIDE, sizeof(float));
    uint8_t *hole = memory_new(SIDE * SIDE, 1);
    Random random = random_stream(16, 0, 0, 0);
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int x = i % SIDE, y = i / SIDE;
        hole[i] = x >= 10 && x < 50 && y >= 40 && y < 80;
        const double value = (x < SIDE / 2 ? 10 : 0.5) * random_normal(&random);
        for (int c = 0; c < 3; c++) texture[3 * i + c] = hole[i] ? 1000 : (float)value;
    }
    memcpy(before, texture, 3 * SIDE * SIDE * sizeof(float));
    CHECK(texture_fill(texture, hole, SIDE, SIDE, &random));
    double sum = 0;
    int count = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        CHECK(hole[i] || !memcmp(texture + 3 * i, before + 3 * i, 3 * sizeof(float)));
        CHECK(fabsf(texture[3 * i]) < 100);
        sum += hole[i] ? texture[3 * i] * texture[3 * i] : 0;
        count += hole[i];
    }
    CHECK(sqrt(sum / count) > 8 && sqrt(sum / count) < 12);
    free(texture);
    free(before);
    free(hole);
}

/* ---- Windows ---- */

enum { SQUARE = 40 };

TEST(data_windows_are_drawn_as_asked) {
    Random random = random_stream(6, 0, 0, 0), untouched = random;
    const Augment none = augmentation_default();
    CHECK(!augmentation_draw_window(&none, SQUARE, &random).applies);
    CHECK(!memcmp(&random, &untouched, sizeof random)); /* nothing was drawn */
    const Augment augment = { .scale = 0.5 };
    int larger = 0;
    for (int i = 0; i < 2000; i++) {
        const Window window = augmentation_draw_window(&augment, SQUARE, &random);
        const double low = fmin(0, SQUARE - window.side), high = fmax(0, SQUARE - window.side);
        CHECK(window.applies && window.side >= SQUARE / 1.5 && window.side <= SQUARE * 1.5);
        CHECK(window.x >= low && window.x <= high && window.y >= low && window.y <= high);
        larger += window.side > SQUARE;
    }
    CHECK(larger > 900 && larger < 1100);
}

TEST(data_windows_show_a_part_of_the_picture) {
    Image image = image_new(SQUARE, SQUARE, 3), labels = image_new(SQUARE, SQUARE, 1);
    for (int i = 0; i < SQUARE * SQUARE; i++) {
        const int x = i % SQUARE, y = i / SQUARE;
        for (int c = 0; c < 3; c++) image.pixels[3 * i + c] = (uint8_t)(2 * x + 3 * y + c);
        labels.pixels[i] = (uint8_t)(x < 13);
    }
    const Window whole = { 0, 0, SQUARE, true }, half = { 10, 5, SQUARE / 2, true };
    const Window around = { -10, -10, SQUARE + 20, true };
    Image same = augmentation_show_window(&whole, &image, false);
    CHECK(!memcmp(same.pixels, image.pixels, image_bytes(&image)));
    Image part = augmentation_show_window(&half, &image, false);
    Image part_labels = augmentation_show_window(&half, &labels, true);
    Image wide = augmentation_show_window(&around, &image, false);
    for (int y = 0; y < SQUARE; y++)
        for (int x = 0; x < SQUARE; x++) {
            const double at_x = 10 + (x + 0.5) / 2 - 0.5, at_y = 5 + (y + 0.5) / 2 - 0.5;
            const double wide_x = fabs(-10 + (x + 0.5) * 1.5 - 0.5);
            const double wide_y = fabs(-10 + (y + 0.5) * 1.5 - 0.5);
            CHECK_NEAR(part.pixels[3 * (y * SQUARE + x) + 1], 2 * at_x + 3 * at_y + 1, 0.51);
            CHECK(part_labels.pixels[y * SQUARE + x] == (floor(at_x + 0.5) < 13));
            if (wide_x > 1 && wide_y > 1 && wide_x < SQUARE - 1 && wide_y < SQUARE - 1)
                CHECK_NEAR(wide.pixels[3 * (y * SQUARE + x)], 2 * wide_x + 3 * wide_y, 0.51);
        }
    image_free(&same);
    image_free(&part);
    image_free(&part_labels);
    image_free(&wide);
    image_free(&image);
    image_free(&labels);
}
