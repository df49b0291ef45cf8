/* test_hadnet_tiles_float.c - tiles cover an image and blend without a step; with a network, an
 * image of one tile is predicted as ever, and the inside of a tile as the tile alone. */
#include "hadnet/embed/tiles.h"
#include "data/image/resize.h"
#include "data/synth/synth.h"
#include "hadnet/embed/predict_method.h"
#include "hadnet/model/network_file.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(tiles_cover_every_length) {
    static const int sides[] = { 1, 2, 3, 7, 16, 64, 256 };
    static const int lengths[] = { 1, 2, 15, 16, 17, 63, 100, 255, 256, 257, 449, 1000, 4097 };
    for (int s = 0; s < 7; s++)
        for (int n = 0; n < 13; n++) {
            const int side = sides[s], length = lengths[n];
            TileAxis axis = tile_axis_create(length, side);
            double *sums = calloc((size_t)length, sizeof *sums);
            test_case("tiles of %d along %d", side, length);
            if (length > side) {
                CHECK(axis.start[0] == 0 && axis.start[axis.count - 1] == length - side);
                for (int i = 1; i < axis.count; i++) {
                    CHECK(axis.start[i] > axis.start[i - 1]);
                    CHECK(axis.start[i - 1] + side - axis.start[i] >= side / 4);
                }
            } else {
                CHECK(axis.count == 1 && axis.start[0] <= 0 && axis.start[0] + side >= length);
            }
            for (int i = 0; i < axis.count; i++)
                for (int k = 0; k < side; k++) {
                    const int at = axis.start[i] + k;
                    const real weight = axis.weight[i * side + k];
                    const bool inside = at >= 0 && at < length;
                    CHECK(inside ? weight > 0 && weight <= 1 : weight == 0);
                    if (inside) sums[at] += (double)weight;
                }
            for (int at = 0; at < length; at++) CHECK_NEAR(sums[at], 1, 1e-6);
            free(sums);
            tile_axis_free(&axis);
        }
    CHECK(tiles_count(1000, 900, 0) == 0 && tiles_count(256, 256, 256) == 0);
    CHECK(tiles_count(256, 10, 256) == 0 && tiles_count(257, 10, 256) == 2);
    CHECK(tiles_count(448, 448, 256) == 4 && tiles_count(449, 448, 256) == 6);
}

/* ---- Known answers ---- */

typedef struct Known {
    int side, calls;
    bool of_tiles; /* every second tile is sure of a defect, the others of none */
} Known;

/* A smooth function of the position in the image. */
static double known_score(int y, int x) {
    return 0.5 + 0.5 * sin(0.031 * y) * cos(0.017 * x + 0.5);
}

static bool predict_known(void *context, int top, int left, real *probabilities, Error *error) {
    Known *known = context;
    (void)error;
    for (int y = 0; y < known->side; y++)
        for (int x = 0; x < known->side; x++, probabilities += 3) {
            const double score =
                known->of_tiles ? known->calls % 2 : known_score(top + y, left + x);
            probabilities[0] = (real)(1 - score);
            probabilities[1] = (real)(0.25 * score);
            probabilities[2] = (real)(0.75 * score);
        }
    known->calls++;
    return true;
}

static HadnetAnswer tiled(Known *known, int width, int height, double threshold) {
    const size_t pixels = (size_t)width * (size_t)height;
    HadnetAnswer answer = {
        width, height, malloc(pixels), malloc(pixels * sizeof(float)), NULL, 0
    };
    const Tiling tiling = { known->side, 3, threshold, predict_known, known };
    Error error = { "" };
    CHECK(tiles_predict(&tiling, &answer, &error));
    return answer;
}

TEST(tiles_that_agree_give_what_they_agree_on) {
    static const int cases[][3] = {
        { 300, 200, 64 }, { 65, 1, 64 }, { 1, 65, 64 }, { 129, 64, 32 }, { 40, 500, 100 }
    };
    for (int i = 0; i < 5; i++) {
        Known known = { .side = cases[i][2] };
        const int width = cases[i][0], height = cases[i][1];
        test_case("%d x %d in tiles of %d", width, height, known.side);
        HadnetAnswer answer = tiled(&known, width, height, 0.5);
        CHECK(known.calls == tiles_count(width, height, known.side));
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                const double score = known_score(y, x);
                CHECK_NEAR((double)answer.score[y * width + x], score, 1e-6);
                if (fabs(score - 0.5) > 1e-5)
                    CHECK(answer.mask[y * width + x] == (score > 0.5 ? 2 : 0));
            }
        hadnet_answer_free(&answer);
    }
}

/* Neighbours that disagree wholly: from one to the other the score goes in small steps. */
TEST(tiles_that_disagree_leave_no_step) {
    enum { SIDE = 64, WIDTH = 160, HEIGHT = 112 }; /* 3 x 2 tiles, 16 pixels in common */
    Known known = { .side = SIDE, .of_tiles = true };
    HadnetAnswer answer = tiled(&known, WIDTH, HEIGHT, 0);
    double largest_step = 0;
    bool none = false, sure = false;
    CHECK(known.calls == 6);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const float *score = &answer.score[y * WIDTH + x];
            none |= *score == 0;
            sure |= *score == 1;
            if (x > 0) largest_step = fmax(largest_step, fabs((double)(score[0] - score[-1])));
            if (y > 0) largest_step = fmax(largest_step, fabs((double)(score[0] - score[-WIDTH])));
        }
    CHECK(none && sure);
    CHECK(largest_step <= 1.0 / 16 + 1e-6);
    hadnet_answer_free(&answer);
}

/* ---- A network ---- */

enum { SIZE = 32 };

static const char *weight_file(void) {
    static char *const names[] = { "background", "inclusion", "patches", "scratches" };
    static char path[512];
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.01,
                                     .ard = ARD_RANK,
                                     .classes = 4,
                                     .seed = 3 };
    Error error = { "" };
    if (path[0]) return path;
    Network *network = network_create(&options, device_cpu(), &error);
    PROMISE(network, "%s", error.text);
    ModelCard card = model_card_create(SIZE, names, 4);
    snprintf(path, sizeof path, "%s/tiles.safetensors", test_folder());
    PROMISE(network_save(network, &card, path, &error), "%s", error.text);
    model_card_free(&card);
    network_destroy(network);
    return path;
}

static HadnetNetwork *open_network(void) {
    Error error = { "" };
    HadnetNetwork *network = hadnet_open(weight_file(), NULL, &error);
    PROMISE(network, "%s", error.text);
    return network;
}

static Image picture(int width, int height) {
    Image square, labels;
    synth_make(7, 1, 128, &square, &labels);
    Image image = image_resize_bilinear(&square, width, height);
    image_free(&square);
    image_free(&labels);
    return image;
}

static HadnetAnswer predicted(HadnetNetwork *network, const Image *image, PredictMethod method) {
    const HadnetImage pixels = { image->pixels, image->width, image->height, 3, 8, 0 };
    HadnetAnswer answer = { 0 };
    Error error = { "" };
    CHECK(hadnet_predict_by(network, &pixels, &method, &answer, &error));
    return answer;
}

TEST(tiles_of_a_small_image_are_the_image) {
    static const int sizes[][2] = { { SIZE, SIZE }, { SIZE, 9 }, { 1, SIZE } };
    HadnetNetwork *network = open_network();
    for (int i = 0; i < 3; i++) {
        const int width = sizes[i][0], height = sizes[i][1];
        Image image = picture(width, height);
        HadnetAnswer whole = predicted(network, &image, (PredictMethod){ 0 });
        HadnetAnswer tiles = predicted(network, &image, (PredictMethod){ .tile = SIZE });
        test_case("%d x %d", width, height);
        CHECK(!memcmp(whole.mask, tiles.mask, (size_t)(width * height)));
        CHECK(!memcmp(whole.score, tiles.score, (size_t)(width * height) * sizeof(float)));
        hadnet_answer_free(&whole);
        hadnet_answer_free(&tiles);
        image_free(&image);
    }
    hadnet_close(network);
}

/* Where an image has one tile alone, its answer is that of the tile as an image of its own. */
TEST(tiles_are_predicted_each_as_an_image) {
    enum { SIDE = 40, LONG = 2 * SIDE - SIDE / 4 }; /* 2 x 2 tiles, 10 pixels in common */
    HadnetNetwork *network = open_network();
    Image image = picture(LONG, LONG), corner = image_new(SIDE, SIDE, 3);
    HadnetAnswer tiles = predicted(network, &image, (PredictMethod){ .tile = SIDE });
    for (int place = 0; place < 4; place++) {
        const int top = place / 2 * (LONG - SIDE), left = place % 2 * (LONG - SIDE);
        int compared = 0;
        test_case("tile %d of 4", place);
        for (int y = 0; y < SIDE; y++)
            memcpy(corner.pixels + y * SIDE * 3, image.pixels + ((top + y) * LONG + left) * 3,
                   SIDE * 3);
        HadnetAnswer alone = predicted(network, &corner, (PredictMethod){ 0 });
        for (int y = top; y < top + SIDE; y++)
            for (int x = left; x < left + SIDE; x++) {
                const bool shared_row = y >= LONG - SIDE && y < SIDE;
                const bool shared_column = x >= LONG - SIDE && x < SIDE;
                if (shared_row || shared_column) continue;
                const int inside = (y - top) * SIDE + x - left, outside = y * LONG + x;
                CHECK(tiles.mask[outside] == alone.mask[inside]);
                CHECK(tiles.score[outside] == alone.score[inside]);
                compared++;
            }
        CHECK(compared == 30 * 30);
        hadnet_answer_free(&alone);
    }
    /* Images with one side shorter than a tile. */
    Image strip = picture(LONG, 7);
    HadnetAnswer answer = predicted(network, &strip, (PredictMethod){ .tile = SIDE });
    CHECK(answer.width == LONG && answer.height == 7);
    hadnet_answer_free(&answer);
    hadnet_answer_free(&tiles);
    image_free(&strip);
    image_free(&image);
    image_free(&corner);
    hadnet_close(network);
}

static bool at_once(void) {
    return true;
}

TEST(tiles_can_be_stopped) {
    HadnetNetwork *network = open_network();
    Image image = picture(100, 100);
    const HadnetImage pixels = { image.pixels, 100, 100, 3, 8, 0 };
    const PredictMethod method = { .tile = SIZE, .stop = at_once };
    HadnetAnswer answer = { 0 };
    Error error = { "" };
    CHECK(!hadnet_predict_by(network, &pixels, &method, &answer, &error));
    CHECK(!answer.mask && !strcmp(error.text, "stopped"));
    image_free(&image);
    hadnet_close(network);
}
