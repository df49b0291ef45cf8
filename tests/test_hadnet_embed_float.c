/* test_hadnet_embed_float.c - hadnet/hadnet.h: pixels of every kind, several threads, regions. */
#include "data/image/resize.h"
#include "data/synth/synth.h"
#include "hadnet/embed/predict_method.h"
#include "hadnet/embed/regions.h"
#include "hadnet/model/network_file.h"
#include "hadnet/model/predictor.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 32, WIDTH = 61, HEIGHT = 47, CLASSES = 4 };

static const char *weight_file_of(Fit fit) {
    static char paths[2][512];
    char *path = paths[fit];
    if (path[0]) return path;
    static char *const names[CLASSES] = { "background", "inclusion", "patches", "scratches" };
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.01,
                                     .ard = ARD_RANK,
                                     .classes = CLASSES,
                                     .seed = 3 };
    Error error = { "" };
    Network *network = network_create(&options, device_cpu(), &error);
    PROMISE(network, "%s", error.text);
    ModelCard card = model_card_create(SIZE, names, CLASSES);
    card.fit = fit;
    snprintf(path, sizeof paths[0], "%s/embed_%s.safetensors", test_folder(), fit_names[fit]);
    PROMISE(network_save(network, &card, path, &error), "%s", error.text);
    model_card_free(&card);
    network_destroy(network);
    return path;
}

static const char *weight_file(void) {
    return weight_file_of(FIT_STRETCH);
}

static HadnetNetwork *open_network(const HadnetOptions *options) {
    Error error = { "" };
    HadnetNetwork *network = hadnet_open(weight_file(), options, &error);
    PROMISE(network, "%s", error.text);
    return network;
}

/* Metal of that size, three channels of 8 bits. */
static Image picture(int index, int width, int height) {
    Image square, labels;
    synth_make(7, (uint64_t)index, 64, &square, &labels);
    Image image = image_resize_bilinear(&square, width, height);
    image_free(&square);
    image_free(&labels);
    return image;
}

static HadnetImage plain(const Image *image) {
    return (HadnetImage){ image->pixels, image->width, image->height, image->channels, 8, 0 };
}

static bool same_regions(const HadnetRegion *a, const HadnetRegion *b) {
    return a->class_index == b->class_index && a->area == b->area && a->left == b->left &&
           a->top == b->top && a->width == b->width && a->height == b->height &&
           a->mean_score == b->mean_score && a->largest_score == b->largest_score;
}

static bool same(const HadnetAnswer *a, const HadnetAnswer *b) {
    const size_t pixels = (size_t)a->width * (size_t)a->height;
    bool equal = a->width == b->width && a->height == b->height &&
                 a->region_count == b->region_count && !memcmp(a->mask, b->mask, pixels) &&
                 !memcmp(a->score, b->score, pixels * sizeof *a->score);
    for (int i = 0; equal && i < a->region_count; i++)
        equal = same_regions(&a->regions[i], &b->regions[i]);
    return equal;
}

TEST(embed_says_what_the_file_says) {
    HadnetNetwork *network = open_network(NULL);
    CHECK(hadnet_class_count(network) == CLASSES);
    CHECK(!strcmp(hadnet_class_name(network, 0), "background"));
    CHECK(!strcmp(hadnet_class_name(network, 3), "scratches"));
    CHECK(!hadnet_class_name(network, 4) && !hadnet_class_name(network, -1));
    CHECK(hadnet_image_size(network) == SIZE);
    hadnet_close(network);
    hadnet_close(NULL);
}

/* As validation and hadnet_eval ask the network, step by step. */
TEST(embed_answers_as_the_predictor) {
    Error error = { "" };
    ModelCard card;
    Predictor predictor;
    Network *direct = network_open(weight_file(), device_cpu(), &card, &error);
    HadnetNetwork *network = open_network(NULL);
    Image image = picture(1, WIDTH, HEIGHT), small = image_resize_bilinear(&image, SIZE, SIZE);
    const HadnetImage pixels = plain(&image);
    HadnetAnswer answer = { 0 };
    float input[SIZE * SIZE * 3];
    for (int i = 0; i < SIZE * SIZE * 3; i++) input[i] = (float)small.pixels[i] * (1 / 255.0f);
    augmentation_normalise(&card.normalisation, input, SIZE * SIZE);
    CHECK(predictor_create(&predictor, direct, false, 1, SIZE, HEIGHT, WIDTH, &error));
    CHECK(predictor_run(&predictor, input, &error));
    CHECK(hadnet_predict(network, &pixels, &answer, &error));
    CHECK(answer.width == WIDTH && answer.height == HEIGHT);
    CHECK(!memcmp(answer.mask, predictor.labels, WIDTH * HEIGHT));
    CHECK(!memcmp(answer.score, predictor.scores, WIDTH * HEIGHT * sizeof *answer.score));
    hadnet_answer_free(&answer);
    hadnet_close(network);
    predictor_free(&predictor);
    network_destroy(direct);
    model_card_free(&card);
    image_free(&image);
    image_free(&small);
}

/* The same image in another form: bytes per pixel, and bytes between rows. */
static uint8_t *in_form(const Image *image, int channels, int bits, size_t stride) {
    uint8_t *bytes = malloc(stride * (size_t)image->height + 1);
    memset(bytes, 0xa5, stride * (size_t)image->height + 1);
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            for (int c = 0; c < channels; c++) {
                const size_t from = (size_t)(y * image->width + x) * 3;
                const uint8_t value = c < 3 ? image->pixels[from + (size_t)c] : (uint8_t)(x * y);
                const size_t at = (size_t)(x * channels + c);
                uint8_t *row = bytes + 1 + (size_t)y * stride; /* rows begin at odd addresses */
                const uint16_t wide = (uint16_t)(value << 8 | (x + y) % 256);
                if (bits == 8)
                    row[at] = value;
                else
                    memcpy(row + 2 * at, &wide, sizeof wide);
            }
    return bytes;
}

TEST(embed_takes_pixels_of_every_form) {
    HadnetNetwork *network = open_network(NULL);
    Image image = picture(2, WIDTH, HEIGHT);
    for (int grey = 0; grey < 2; grey++) {
        for (size_t i = 0; grey && i < image_bytes(&image); i++)
            image.pixels[i] = image.pixels[i / 3 * 3];
        HadnetAnswer usual = { 0 }, answer = { 0 };
        Error error = { "" };
        const HadnetImage pixels = plain(&image);
        CHECK(hadnet_predict(network, &pixels, &usual, &error));
        CHECK(usual.region_count > 0);
        for (int i = 0; i < 12; i++) {
            const int channels = (int[]){ 1, 3, 4 }[i % 3], bits = i / 3 % 2 ? 16 : 8;
            const size_t row = (size_t)WIDTH * (size_t)channels * (size_t)(bits / 8);
            const size_t stride = row + (i / 6 ? 13 : 0);
            if (channels == 1 && !grey) continue;
            test_case("%d channels of %d bits, rows %zu bytes apart", channels, bits, stride);
            uint8_t *bytes = in_form(&image, channels, bits, stride);
            const HadnetImage other = {
                bytes + 1, WIDTH, HEIGHT, channels, bits, i / 6 ? stride : 0
            };
            CHECK(hadnet_predict(network, &other, &answer, &error));
            CHECK(same(&usual, &answer));
            free(bytes);
        }
        hadnet_answer_free(&usual);
        hadnet_answer_free(&answer);
    }
    image_free(&image);
    hadnet_close(network);
}

TEST(embed_refuses_what_is_no_image) {
    static const struct {
        HadnetImage image;
        const char *text;
    } rows[] = {
        { { NULL, 4, 4, 3, 8, 0 }, "an image without pixels" },
        { { "", 0, 4, 3, 8, 0 }, "an image of 0 x 4 pixels; expected sides of 1 to 32768" },
        { { "", 4, 32769, 3, 8, 0 }, "an image of 4 x 32769 pixels; expected sides of 1 to 32768" },
        { { "", 4, 4, 2, 8, 0 }, "an image of 2 channels; expected 1, 3 or 4" },
        { { "", 4, 4, 3, 12, 0 }, "an image of 12 bits a channel; expected 8 or 16" },
        { { "", 4, 4, 3, 16, 23 }, "rows of an image 23 bytes apart; expected at least 24" },
    };
    HadnetNetwork *network = open_network(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        HadnetAnswer answer = { 0 };
        Error error = { "" };
        test_case("refuses: %s", rows[i].text);
        CHECK(!hadnet_predict(network, &rows[i].image, &answer, &error));
        CHECK(!strcmp(error.text, rows[i].text));
        CHECK(!answer.mask && !answer.score && !answer.regions);
    }
    hadnet_close(network);
    Error error = { "" };
    CHECK(!hadnet_open("/nowhere/x.safetensors", NULL, &error) && strstr(error.text, "/nowhere/x"));
    CHECK(!hadnet_open(weight_file(), &(HadnetOptions){ .device = "tpu" }, &error));
    CHECK(!hadnet_open(weight_file(), &(HadnetOptions){ .threads = -1 }, &error));
}

/* ---- Several threads ---- */

enum { CALLERS = 4, PICTURES = 3 };

typedef struct Caller {
    HadnetNetwork *network;
    const Image *images;
    const HadnetAnswer *expected;
    int first, rounds, different;
} Caller;

/* Every caller begins with another image; sizes change from call to call. */
static void *call(void *context) {
    Caller *caller = context;
    HadnetAnswer answer = { 0 };
    Error error;
    for (int i = 0; i < caller->rounds; i++) {
        const int k = (caller->first + i) % PICTURES;
        const HadnetImage pixels = plain(&caller->images[k]);
        caller->different += !hadnet_predict(caller->network, &pixels, &answer, &error) ||
                             !same(&answer, &caller->expected[k]);
    }
    hadnet_answer_free(&answer);
    return NULL;
}

static void check_threads(const HadnetOptions *options, int rounds) {
    HadnetNetwork *network = open_network(options);
    Image images[PICTURES];
    HadnetAnswer expected[PICTURES] = { 0 };
    Caller callers[CALLERS];
    pthread_t threads[CALLERS];
    for (int i = 0; i < PICTURES; i++) {
        images[i] = picture(i, WIDTH + 10 * i, HEIGHT - 5 * i);
        const HadnetImage pixels = plain(&images[i]);
        Error error = { "" };
        CHECK(hadnet_predict(network, &pixels, &expected[i], &error));
    }
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (Caller){ network, images, expected, i, rounds, 0 };
        PROMISE(!pthread_create(&threads[i], NULL, call, &callers[i]), "no thread");
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK(callers[i].different == 0);
    }
    for (int i = 0; i < PICTURES; i++) {
        image_free(&images[i]);
        hadnet_answer_free(&expected[i]);
    }
    hadnet_close(network);
}

TEST(embed_four_threads_give_the_bits_of_one) {
    test_case("each call with as many threads as OpenMP takes");
    check_threads(NULL, 6);
    test_case("each call with one thread");
    check_threads(&(HadnetOptions){ .threads = 1 }, 6);
    test_case("each call with three threads");
    check_threads(&(HadnetOptions){ .threads = 3 }, 6);
    if (!device_find("gpu", NULL)) return;
    test_case("on a GPU");
    check_threads(&(HadnetOptions){ .device = "gpu" }, 1);
}

/* ---- Regions ---- */

/* Visit the region of pixel `at` by its neighbours, as a reader would. */
static void flood(const HadnetAnswer *answer, int *owner, int at, int region, HadnetRegion *found,
                  double *sum) {
    const int w = answer->width, x = at % w, y = at / w;
    owner[at] = region;
    const int right = found->left + found->width, bottom = found->top + found->height;
    const int left = x < found->left ? x : found->left, top = y < found->top ? y : found->top;
    found->width = (x + 1 > right ? x + 1 : right) - left;
    found->height = (y + 1 > bottom ? y + 1 : bottom) - top;
    found->left = left;
    found->top = top;
    found->area++;
    *sum += (double)answer->score[at];
    if (answer->score[at] > found->largest_score) found->largest_score = answer->score[at];
    for (int i = 0; i < 9; i++) {
        const int nx = x + i % 3 - 1, ny = y + i / 3 - 1, next = ny * w + nx;
        if (nx < 0 || ny < 0 || nx >= w || ny >= answer->height || owner[next] >= 0) continue;
        if (answer->mask[next] == answer->mask[at]) flood(answer, owner, next, region, found, sum);
    }
}

static void check_regions(const HadnetAnswer *answer) {
    const int pixels = answer->width * answer->height;
    int *owner = malloc((size_t)pixels * sizeof *owner), count = 0;
    for (int i = 0; i < pixels; i++) owner[i] = -1;
    for (int i = 0; i < pixels; i++) {
        if (answer->mask[i] == 0 || owner[i] >= 0) continue;
        HadnetRegion expected = {
            answer->mask[i], 0, i % answer->width, i / answer->width, 0, 0, 0, 0
        };
        double sum = 0;
        flood(answer, owner, i, count, &expected, &sum);
        CHECK(count < answer->region_count);
        if (count >= answer->region_count) break;
        const HadnetRegion *found = &answer->regions[count++];
        CHECK(found->class_index == expected.class_index && found->area == expected.area);
        CHECK(found->left == expected.left && found->top == expected.top);
        CHECK(found->width == expected.width && found->height == expected.height);
        CHECK(found->largest_score == expected.largest_score);
        CHECK_NEAR((double)found->mean_score, sum / (double)expected.area, 1e-6);
    }
    CHECK(count == answer->region_count);
    free(owner);
}

/* Random masks, from nearly empty to crowded, of one class and of three; and a spiral, whose arms
 * meet only in the last rows. */
TEST(embed_regions_are_connected_components) {
    for (int i = 0; i < 40; i++) {
        Random random = random_stream(5, (uint64_t)i, 0, 0);
        const int width = 1 + (int)random_below(&random, 40),
                  height = 1 + (int)random_below(&random, 40);
        const int classes = i % 2 ? 3 : 1, empty = 1 + i / 4;
        HadnetAnswer answer = { .width = width, .height = height };
        Error error = { "" };
        test_case("%d x %d pixels of %d classes, picture %d", width, height, classes, i);
        answer.mask = malloc((size_t)(width * height));
        answer.score = malloc((size_t)(width * height) * sizeof *answer.score);
        for (int k = 0; k < width * height; k++) {
            const int drawn = (int)random_below(&random, (uint64_t)(classes + empty));
            answer.mask[k] = (uint8_t)(drawn < classes ? drawn + 1 : 0);
            if (i >= 36)
                answer.mask[k] = (uint8_t)(k / width % 4 == 0 ||
                                           k % width == (k / width / 4 % 2 ? 0 : width - 1));
            answer.score[k] = (float)random_uniform(&random);
        }
        CHECK(regions_find(&answer, 0, &error));
        check_regions(&answer);
        hadnet_answer_free(&answer);
    }
}

/* The regions that remain are those of a mask without the small ones, and so is the mask. */
TEST(embed_small_regions_are_removed) {
    for (int i = 0; i < 30; i++) {
        Random random = random_stream(6, (uint64_t)i, 0, 0);
        const int width = 1 + (int)random_below(&random, 40),
                  height = 1 + (int)random_below(&random, 40), pixels = width * height;
        HadnetAnswer all = { .width = width, .height = height }, large = all;
        Error error = { "" };
        const int64_t min_area = i % 10;
        test_case("%d x %d pixels, regions of %d or more", width, height, (int)min_area);
        for (int copy = 0; copy < 2; copy++) {
            HadnetAnswer *answer = copy ? &large : &all;
            answer->mask = malloc((size_t)pixels);
            answer->score = malloc((size_t)pixels * sizeof *answer->score);
        }
        for (int k = 0; k < pixels; k++) {
            const int drawn = (int)random_below(&random, 6);
            all.mask[k] = large.mask[k] = (uint8_t)(drawn < 2 ? drawn + 1 : 0);
            all.score[k] = large.score[k] = (float)random_uniform(&random);
        }
        CHECK(regions_find(&all, 0, &error) && regions_find(&large, min_area, &error));
        int remaining = 0;
        int64_t area = 0;
        for (int r = 0; r < all.region_count; r++) {
            if (all.regions[r].area < min_area) continue;
            CHECK(remaining < large.region_count &&
                  same_regions(&all.regions[r], &large.regions[remaining]));
            area += all.regions[r].area;
            remaining++;
        }
        CHECK(remaining == large.region_count);
        for (int k = 0; k < pixels; k++) {
            CHECK(large.mask[k] == 0 || large.mask[k] == all.mask[k]);
            area -= large.mask[k] != 0;
        }
        CHECK(area == 0);
        check_regions(&large); /* the mask has no others */
        hadnet_answer_free(&all);
        hadnet_answer_free(&large);
    }
}

TEST(embed_threshold_divides_the_scores) {
    HadnetNetwork *network = open_network(NULL);
    Image image = picture(2, WIDTH, HEIGHT);
    const HadnetImage pixels = plain(&image);
    HadnetAnswer usual = { 0 }, answer = { 0 };
    Error error = { "" };
    CHECK(hadnet_predict(network, &pixels, &usual, &error));
    float low = 1, high = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        low = usual.score[i] < low ? usual.score[i] : low;
        high = usual.score[i] > high ? usual.score[i] : high;
    }
    const double thresholds[] = { 1e-9, (double)low, ((double)low + (double)high) / 2, (double)high,
                                  1 };
    for (int t = 0; t < 5; t++) {
        const PredictMethod method = { .threshold = thresholds[t] };
        test_case("a threshold of %g between %g and %g", thresholds[t], (double)low, (double)high);
        CHECK(hadnet_predict_by(network, &pixels, &method, &answer, &error));
        CHECK(!memcmp(answer.score, usual.score, WIDTH * HEIGHT * sizeof *usual.score));
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            CHECK((answer.mask[i] != 0) == ((double)usual.score[i] >= thresholds[t]));
            CHECK(answer.mask[i] < CLASSES);
            if (answer.mask[i] && usual.mask[i]) CHECK(answer.mask[i] == usual.mask[i]);
        }
    }
    hadnet_answer_free(&usual);
    hadnet_answer_free(&answer);
    hadnet_close(network);
    image_free(&image);
}

/* The image in the middle of a square that its mirror images fill. */
static Image squared(const Image *image, int left, int top, int side) {
    Image square = image_new(side, side, 3);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            const int from_x = image_mirrored(x - left, image->width);
            const int from_y = image_mirrored(y - top, image->height);
            memcpy(square.pixels + 3 * (y * side + x),
                   image->pixels + 3 * (from_y * image->width + from_x), 3);
        }
    return square;
}

/* The answer for a letterboxed image is that for its square, cut out; a square is not changed. */
TEST(embed_letterboxes_as_the_weight_file_says) {
    const int sizes[][2] = { { 61, 47 }, { 40, 90 }, { 64, 5 }, { 1, 33 }, { 48, 48 } };
    Error error = { "" };
    HadnetNetwork *network = hadnet_open(weight_file_of(FIT_LETTERBOX), NULL, &error);
    HadnetNetwork *stretched = open_network(NULL);
    CHECK(network != NULL);
    for (int s = 0; network && s < 5; s++) {
        const int width = sizes[s][0], height = sizes[s][1];
        const int side = width > height ? width : height;
        const int left = (side - width) / 2, top = (side - height) / 2;
        Image image = picture(3, width, height), square = squared(&image, left, top, side);
        const HadnetImage pixels = plain(&image), all = plain(&square);
        HadnetAnswer answer = { 0 }, whole = { 0 }, other = { 0 };
        test_case("%d x %d letterboxed", width, height);
        CHECK(hadnet_predict(network, &pixels, &answer, &error));
        CHECK(hadnet_predict(stretched, &all, &whole, &error));
        CHECK(hadnet_predict(stretched, &pixels, &other, &error));
        float most = 0, change = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                const float score = answer.score[y * width + x];
                most = fmaxf(most, fabsf(score - whole.score[(y + top) * side + x + left]));
                change = fmaxf(change, fabsf(score - other.score[y * width + x]));
            }
        CHECK(most <= 2e-3f); /* bytes of the resized image may differ by one */
        if (width > 1 && height > 1) CHECK(width == height ? change == 0 : change > 0);
        hadnet_answer_free(&answer);
        hadnet_answer_free(&whole);
        hadnet_answer_free(&other);
        image_free(&image);
        image_free(&square);
    }
    hadnet_close(network);
    hadnet_close(stretched);
}
