/* test_hadnet_prediction_picture_float.c - the pictures of an answer: what of them is data, the
 * legend, the names of regions. */
#include "hadnet/embed/regions.h"
#include "hadnet/prediction/prediction_picture.h"
#include "hadnet/reports/overlays.h"
#include "hadnet/reports/picture.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_names[] = { "background", "scratches", "pits" };

/* A horizontal scratch and a few pits. */
static HadnetAnswer answer_of(int width, int height, bool clean) {
    const size_t pixels = (size_t)width * (size_t)height;
    HadnetAnswer answer = { .width = width, .height = height };
    Random random = random_stream(9, (uint64_t)width, (uint64_t)height, 0);
    Error error;
    answer.mask = calloc(pixels, 1);
    answer.score = malloc(pixels * sizeof *answer.score);
    for (size_t i = 0; i < pixels; i++) {
        const int x = (int)(i % (size_t)width), y = (int)(i / (size_t)width);
        if (!clean && y == height / 2 && x > width / 8 && x < width / 2) answer.mask[i] = 1;
        if (!clean && y > 3 * height / 4 && x % 40 < 4 && y % 30 < 4) answer.mask[i] = 2;
        answer.score[i] = (float)random_uniform(&random);
    }
    CHECK(regions_find(&answer, 0, &error));
    return answer;
}

static int count_of(const Image *picture, int top, int bottom, Colour colour) {
    int count = 0;
    for (int y = top; y < bottom; y++)
        for (int x = 0; x < picture->width; x++) {
            const Colour here = picture_get(picture, x, y);
            count +=
                here.red == colour.red && here.green == colour.green && here.blue == colour.blue;
        }
    return count;
}

TEST(prediction_pictures_of_every_size) {
    static const int sizes[][2] = { { 1, 1 },   { 1, 300 },   { 300, 1 },
                                    { 64, 48 }, { 200, 200 }, { 1500, 900 } };
    for (int i = 0; i < 12; i++) {
        const int width = sizes[i / 2][0], height = sizes[i / 2][1];
        HadnetAnswer answer = answer_of(width, height, i % 2);
        const AnswerSummary summary = answer_summary(&answer, 0);
        Image image = picture_new(width, height, (Colour){ 100, 110, 120 });
        Image mask = prediction_mask(&answer);
        Image overlay = prediction_overlay(&image, &answer, &summary, class_names);
        Image score = prediction_score(&answer, &summary);
        test_case("pictures of %d x %d%s", width, height, i % 2 ? ", clean" : "");
        CHECK(mask.width == width && mask.height == height && mask.channels == 1);
        CHECK(!memcmp(mask.pixels, answer.mask, image_bytes(&mask)));
        CHECK(overlay.channels == 3 && overlay.width >= width && overlay.height > height);
        CHECK(score.channels == 1 && score.width >= width && score.height > height);
        if (width >= 200) CHECK(overlay.width == width && score.width == width);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                const float expected = answer.score[(size_t)y * (size_t)width + (size_t)x];
                CHECK(score.pixels[(size_t)y * (size_t)score.width + (size_t)x] ==
                      lroundf(255 * expected));
            }
        for (int k = 1; k < 3; k++)
            CHECK((count_of(&overlay, height, overlay.height, class_colour(k)) >= 64) ==
                  (summary.area[k] > 0));
        image_free(&image);
        image_free(&mask);
        image_free(&overlay);
        image_free(&score);
        hadnet_answer_free(&answer);
    }
}

/* The names of regions stand on background, and leave all of every defect as it is drawn
 * without. */
TEST(prediction_names_hide_no_defect) {
    HadnetAnswer answer = answer_of(400, 300, false);
    const AnswerSummary summary = answer_summary(&answer, 0);
    Image image = picture_new(400, 300, (Colour){ 100, 110, 120 });
    Image plain = overlay_blend(&image, answer.mask);
    Image overlay = prediction_overlay(&image, &answer, &summary, class_names);
    int named = 0;
    for (int y = 0; y < 300; y++)
        for (int x = 0; x < 400; x++) {
            const Colour a = picture_get(&plain, x, y), b = picture_get(&overlay, x, y);
            const bool differs = a.red != b.red || a.green != b.green || a.blue != b.blue;
            if (answer.mask[400 * y + x]) CHECK(!differs);
            named += differs;
        }
    CHECK(named > 100);
    image_free(&image);
    image_free(&plain);
    image_free(&overlay);
    hadnet_answer_free(&answer);
}

/* The scale has every colour of the ramp's ends, below the image. */
TEST(prediction_score_has_its_scale) {
    HadnetAnswer answer = answer_of(300, 20, true);
    const AnswerSummary summary = answer_summary(&answer, 0);
    Image score = prediction_score(&answer, &summary);
    int seen[256] = { 0 }, values = 0;
    for (size_t i = 300 * 20; i < image_bytes(&score); i++) values += seen[score.pixels[i]]++ == 0;
    CHECK(seen[0] > 100 && seen[255] > 100 && values == 48);
    image_free(&score);
    hadnet_answer_free(&answer);
}
