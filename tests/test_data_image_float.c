/* test_data_image_float.c - images: good and broken files, resizing, flips and turns. */
#include "data/image/resize.h"
#include "tests/data_trees.h"
#include "tests/leftovers.h"

#include <string.h>
#include <stdlib.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static bool same(const Image *a, const Image *b) {
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           !memcmp(a->pixels, b->pixels, image_bytes(a));
}

/* Both readers must refuse the file with one line that names it. */
static void check_refused(const char *path, const char *why) {
    Image image;
    Error error = { "" };
    int width, height;
    CHECK(!image_read(path, 3, &image, &error) && !image.pixels);
    CHECK(strstr(error.text, path) && strstr(error.text, why) && !strchr(error.text, '\n'));
    if (!strstr(error.text, why)) test_fail(__FILE__, __LINE__, "'%s', not '%s'", error.text, why);
    CHECK(!image_read_labels(path, &image, &error) && !image.pixels);
    CHECK(!image_probe(path, &width, &height, &error));
}

TEST(data_image_png_round_trip) {
    const char *folder = test_folder();
    const int sizes[][2] = { { 1, 1 }, { 7, 3 }, { 64, 33 } };
    for (int i = 0; i < 3; i++)
        for (int channels = 1; channels <= 3; channels += 2) {
            const char *path = path_of("%s/%d_%d.png", folder, i, channels);
            Image image = image_new(sizes[i][0], sizes[i][1], channels), back;
            Error error = { "" };
            for (size_t k = 0; k < image_bytes(&image); k++) image.pixels[k] = (uint8_t)(k * 37);
            CHECK(image_write_png(path, &image, &error));
            CHECK(image_read(path, channels, &back, &error) && same(&image, &back));
            image_free(&back);
            CHECK(leftovers_beside(path) == 0);
            if (channels == 1) {
                CHECK(image_read_labels(path, &back, &error) && same(&image, &back));
                image_free(&back);
                CHECK(image_read(path, 3, &back, &error) && back.channels == 3);
                CHECK(back.pixels && back.pixels[0] == image.pixels[0] &&
                      back.pixels[2] == image.pixels[0]);
                image_free(&back);
            }
            image_free(&image);
        }
}

TEST(data_image_label_masks_keep_raw_numbers) {
    const char *folder = test_folder();
    const char *path = path_of("%s/mask.png", folder);
    Image labels;
    Error error = { "" };
    /* a 4-bit palette of loud colours: indices 0 1 2 / 3 2 1 */
    const uint8_t palette[12] = { 9, 9, 9, 255, 0, 0, 0, 255, 0, 0, 0, 255 };
    put_raw_png(path, 3, 2, 4, 3, (uint8_t[]){ 0x01, 0x20, 0x32, 0x10 }, 2, palette, 4);
    CHECK(image_read_labels(path, &labels, &error));
    CHECK(labels.pixels && !memcmp(labels.pixels, "\0\1\2\3\2\1", 6));
    image_free(&labels);
    /* an 8-bit palette */
    put_raw_png(path, 3, 1, 8, 3, (uint8_t[]){ 3, 0, 2 }, 3, palette, 4);
    CHECK(image_read_labels(path, &labels, &error) && !memcmp(labels.pixels, "\3\0\2", 3));
    image_free(&labels);
    /* greys of 1, 2 and 4 bits */
    put_raw_png(path, 8, 1, 1, 0, (uint8_t[]){ 0xa1 }, 1, NULL, 0);
    CHECK(image_read_labels(path, &labels, &error) &&
          !memcmp(labels.pixels, "\1\0\1\0\0\0\0\1", 8));
    image_free(&labels);
    put_raw_png(path, 4, 1, 2, 0, (uint8_t[]){ 0xe4 }, 1, NULL, 0);
    CHECK(image_read_labels(path, &labels, &error) && !memcmp(labels.pixels, "\3\2\1\0", 4));
    image_free(&labels);
    put_raw_png(path, 2, 1, 4, 0, (uint8_t[]){ 0x7f }, 1, NULL, 0);
    CHECK(image_read_labels(path, &labels, &error) && !memcmp(labels.pixels, "\7\17", 2));
    image_free(&labels);
    /* 16 bits, small and large */
    put_raw_png(path, 2, 1, 16, 0, (uint8_t[]){ 0, 3, 0, 255 }, 4, NULL, 0);
    CHECK(image_read_labels(path, &labels, &error) && !memcmp(labels.pixels, "\3\377", 2));
    image_free(&labels);
    put_raw_png(path, 2, 1, 16, 0, (uint8_t[]){ 0, 3, 1, 2 }, 4, NULL, 0);
    CHECK(!image_read_labels(path, &labels, &error) && strstr(error.text, "258"));
    /* grey stored as RGB is taken, colours are not */
    put_raw_png(path, 2, 1, 8, 2, (uint8_t[]){ 4, 4, 4, 1, 1, 1 }, 6, NULL, 0);
    CHECK(image_read_labels(path, &labels, &error) && !memcmp(labels.pixels, "\4\1", 2));
    image_free(&labels);
    put_raw_png(path, 2, 1, 8, 2, (uint8_t[]){ 4, 4, 4, 255, 0, 0 }, 6, NULL, 0);
    CHECK(!image_read_labels(path, &labels, &error) && strstr(error.text, "colour"));
}

TEST(data_image_truncated_files) {
    const char *folder = test_folder();
    const char *png = path_of("%s/whole.png", folder), *jpg = path_of("%s/whole.jpg", folder);
    const char *cut = path_of("%s/cut", folder);
    Image image = scene_image(40, 30, 5), back;
    Error error = { "" };
    put_png(png, &image);
    put_jpeg(jpg, &image, 90);
    for (int kind = 0; kind < 2; kind++) {
        size_t count;
        uint8_t *bytes = get_bytes(kind ? jpg : png, &count);
        for (size_t keep = 0; keep < count; keep += keep < 64 || keep + 20 > count ? 1 : 17) {
            put_bytes(cut, bytes, keep);
            check_refused(cut, keep == 0               ? "empty"
                               : keep < (kind ? 2 : 8) ? "not an image"
                                                       : "truncated");
        }
        put_bytes(cut, bytes, count);
        CHECK(image_read(cut, 3, &back, &error));
        image_free(&back);
        bytes = realloc(bytes, count + 9); /* what follows the end does no harm */
        memset(bytes + count, 7, 9);
        put_bytes(cut, bytes, count + 9);
        CHECK(image_read(cut, 3, &back, &error));
        image_free(&back);
        free(bytes);
    }
    image_free(&image);
}

TEST(data_image_damaged_files) {
    const char *folder = test_folder();
    const char *png = path_of("%s/whole.png", folder), *bad = path_of("%s/bad.png", folder);
    Image image = scene_image(40, 30, 6);
    put_png(png, &image);
    size_t count;
    uint8_t *bytes = get_bytes(png, &count);
    bytes[count / 2] ^= 0x10; /* within the pixels */
    put_bytes(bad, bytes, count);
    check_refused(bad, "checksum");
    free(bytes);
    put_raw_png(bad, 1 << 20, 1 << 20, 8, 0, (uint8_t[]){ 0 }, 0, NULL, 0);
    check_refused(bad, "1048576 x 1048576 pixels");
    put_raw_png(bad, 20, 20, 8, 0, (uint8_t[20]){ 0 }, 1, NULL, 0); /* fewer pixels than stated */
    Error error = { "" };
    Image back;
    CHECK(!image_read(bad, 3, &back, &error) && strstr(error.text, "bad.png"));
    put_bytes(bad, "hello, this is text", 19);
    check_refused(bad, "not an image");
    check_refused(path_of("%s/none.png", folder), "No such file");
    check_refused(folder, "not a regular file");
    /* a BMP that states more bytes than it has */
    uint8_t bmp[70] = {
        'B', 'M', 200, 0, [10] = 54, [14] = 40, [18] = 2, [22] = 2, [26] = 1, [28] = 24
    };
    put_bytes(bad, bmp, sizeof bmp);
    check_refused(bad, "truncated BMP");
    /* a Huffman table of more codes than there are symbols */
    put_jpeg(png, &image, 80);
    bytes = get_bytes(png, &count);
    for (size_t i = 0; i + 20 < count; i++)
        if (bytes[i] == 0xff && bytes[i + 1] == 0xc4) {
            memset(bytes + i + 5, 200, 16);
            break;
        }
    put_bytes(bad, bytes, count);
    check_refused(bad, "Huffman");
    free(bytes);
    /* random damage anywhere must be survived, decoded or refused */
    Random random = random_stream(3, 0, 0, 0);
    for (int i = 0; i < 200; i++) {
        bytes = get_bytes(png, &count);
        for (int k = 0; k < 4; k++)
            bytes[random_below(&random, count)] = (uint8_t)random_bits(&random);
        put_bytes(bad, bytes, count);
        free(bytes);
        if (image_read(bad, 3, &back, &error))
            image_free(&back);
        else
            CHECK(strstr(error.text, "bad.png"));
    }
    image_free(&image);
}

TEST(data_image_full_disk) {
    const char *path = path_of("%s/old.png", test_folder());
    Image image = scene_image(200, 150, 7), back;
    Error error = { "" };
    Image small = image_new(2, 2, 3);
    put_png(path, &small);
    struct rlimit before, tiny;
    getrlimit(RLIMIT_FSIZE, &before);
    tiny = before;
    tiny.rlim_cur = 1000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tiny);
    const bool written = image_write_png(path, &image, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    CHECK(!written && strstr(error.text, path));
    CHECK(leftovers_beside(path) == 0);
    CHECK(image_read(path, 3, &back, &error) && same(&small, &back)); /* the old one is whole */
    image_free(&back);
    CHECK(!image_write_png(path_of("%s/none/x.png", path), &small, &error));
    CHECK(strstr(error.text, "none/x.png"));
    image_free(&image);
    image_free(&small);
}

/* Weights by the definition, without a table, in double. */
static double resized(const Image *image, int width, int height, int x, int y, int c) {
    const double scale_x = (double)image->width / width, scale_y = (double)image->height / height;
    const double reach_x = fmax(scale_x, 1), reach_y = fmax(scale_y, 1);
    const double u = (x + 0.5) * scale_x - 0.5, v = (y + 0.5) * scale_y - 0.5;
    double sum = 0, weights = 0;
    for (int j = 0; j < image->height; j++)
        for (int i = 0; i < image->width; i++) {
            const double weight =
                fmax(0, 1 - fabs(i - u) / reach_x) * fmax(0, 1 - fabs(j - v) / reach_y);
            weights += weight;
            sum += weight * image->pixels[(j * image->width + i) * image->channels + c];
        }
    return sum / weights;
}

TEST(data_resize_bilinear) {
    const int cases[][4] = {
        { 9, 7, 9, 7 }, { 5, 4, 13, 11 }, { 13, 11, 5, 4 },   { 31, 3, 4, 17 },
        { 1, 1, 6, 5 }, { 6, 5, 1, 1 },   { 200, 2, 256, 3 }, { 16, 16, 8, 8 }
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        const int *size = cases[n];
        Image image = image_new(size[0], size[1], 3);
        Random random = random_stream(n, 0, 0, 0);
        for (size_t i = 0; i < image_bytes(&image); i++)
            image.pixels[i] = (uint8_t)random_bits(&random);
        Image out = image_resize_bilinear(&image, size[2], size[3]);
        CHECK(out.width == size[2] && out.height == size[3] && out.channels == 3);
        for (int y = 0; y < out.height; y++)
            for (int x = 0; x < out.width; x++)
                for (int c = 0; c < 3; c++)
                    CHECK(fabs(out.pixels[(y * out.width + x) * 3 + c] -
                               resized(&image, size[2], size[3], x, y, c)) <= 0.501);
        image_free(&image);
        image_free(&out);
    }
}

TEST(data_resize_nearest) {
    Image labels = image_new(3, 2, 1);
    memcpy(labels.pixels, "\0\1\2\3\4\5", 6);
    Image out = image_resize_nearest(&labels, 6, 4);
    CHECK(!memcmp(out.pixels, "\0\0\1\1\2\2\0\0\1\1\2\2\3\3\4\4\5\5\3\3\4\4\5\5", 24));
    image_free(&out);
    out = image_resize_nearest(&labels, 1, 1); /* the centre lies at x 1.5, y 1 */
    CHECK(out.pixels[0] == 4);
    image_free(&out);
    out = image_resize_nearest(&labels, 3, 2);
    CHECK(same(&out, &labels));
    image_free(&out);
    image_free(&labels);
}

TEST(data_turns) {
    Image image = image_new(3, 2, 1);
    memcpy(image.pixels, "abcdef", 6); /* abc / def */
    static const char *const expected[TURNS] = { "abcdef", "cbafed", "cfbead", "adbecf",
                                                 "fedcba", "defabc", "daebfc", "fcebda" };
    for (int turn = 0; turn < TURNS; turn++) {
        Image out = image_turn(&image, turn);
        test_case("data_turns %d", turn);
        CHECK(out.width == (turn & 2 ? 2 : 3) && out.height == (turn & 2 ? 3 : 2));
        CHECK(!memcmp(out.pixels, expected[turn], 6));
        image_free(&out);
    }
    image_free(&image);
}

/* The square around an image, drawn pixel by pixel. */
static Image squared(const Image *image) {
    const int w = image->width, h = image->height, side = w > h ? w : h;
    Image square = image_new(side, side, image->channels);
    uint8_t *to = square.pixels;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            int from_x = x - (side - w) / 2, from_y = y - (side - h) / 2;
            while (from_x < 0 || from_x >= w)
                from_x = from_x < 0 ? -1 - from_x : 2 * w - 1 - from_x;
            while (from_y < 0 || from_y >= h)
                from_y = from_y < 0 ? -1 - from_y : 2 * h - 1 - from_y;
            for (int c = 0; c < image->channels; c++)
                *to++ = image->pixels[(from_y * w + from_x) * image->channels + c];
        }
    return square;
}

TEST(image_letterboxed_is_its_mirrored_square_resized) {
    const int sizes[][3] = { { 7, 4, 16 },   { 4, 7, 16 },   { 1, 9, 8 },   { 9, 1, 5 },
                             { 200, 3, 16 }, { 2, 301, 64 }, { 60, 41, 9 }, { 33, 32, 64 },
                             { 1, 1, 4 },    { 5, 5, 7 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int size = sizes[i][2];
        Image image = image_new(sizes[i][0], sizes[i][1], 3);
        Random random = random_stream(3, i, 0, 0);
        for (size_t k = 0; k < image_bytes(&image); k++)
            image.pixels[k] = (uint8_t)random_below(&random, 256);
        Image square = squared(&image), expected = image_resize_bilinear(&square, size, size);
        Image found = image_fit_bilinear(&image, FIT_LETTERBOX, size);
        int most = 0;
        for (size_t k = 0; k < image_bytes(&found); k++)
            if (abs(found.pixels[k] - expected.pixels[k]) > most)
                most = abs(found.pixels[k] - expected.pixels[k]);
        CHECK(found.width == size && found.height == size && most <= 1); /* sums in another order */
        image_free(&expected);
        image_free(&found);
        expected = image_resize_nearest(&square, size, size);
        found = image_fit_nearest(&image, FIT_LETTERBOX, size);
        CHECK(!memcmp(expected.pixels, found.pixels, image_bytes(&found)));
        image_free(&expected);
        image_free(&found);
        found = image_fit_bilinear(&image, FIT_STRETCH, size);
        expected = image_resize_bilinear(&image, size, size);
        CHECK(!memcmp(expected.pixels, found.pixels, image_bytes(&found)));
        image_free(&expected);
        image_free(&found);
        image_free(&square);
        image_free(&image);
    }
}

/* Its square has 4 * 10^10 pixels. */
TEST(image_letterboxed_never_holds_its_square) {
    Image strip = image_new(200000, 2, 3);
    memset(strip.pixels, 77, image_bytes(&strip));
    Image found = image_fit_bilinear(&strip, FIT_LETTERBOX, 32);
    bool even = true;
    for (size_t k = 0; k < image_bytes(&found); k++) even = even && found.pixels[k] == 77;
    CHECK(even);
    image_free(&found);
    image_free(&strip);
}
