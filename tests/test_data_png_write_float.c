/* test_data_png_write_float.c - the PNG writer against stb_image_write, and its memory. */
#include "data/image/png_write.h"
#include "tests/data_trees.h"

static void append_piece(void *context, const uint8_t *bytes, size_t count) {
    append_bytes(context, (void *)bytes, (int)count);
}

static Bytes our_png(const Image *image) {
    Bytes file = { 0 };
    CHECK(png_write_image(image, NULL, append_piece, &file));
    png_write_chunk("IEND", NULL, 0, append_piece, &file);
    return file;
}

static void check_like_stb(const Image *image) {
    Bytes ours = our_png(image), theirs = { 0 };
    CHECK(stbi_write_png_to_func(append_bytes, &theirs, image->width, image->height,
                                 image->channels, image->pixels, 0));
    CHECK(ours.count == theirs.count && !memcmp(ours.data, theirs.data, ours.count));
    free(ours.data);
    free(theirs.data);
}

/* Smooth, noisy, flat, and in stripes: each compresses in another way. */
static void paint(Image *image, int kind, Random *random) {
    for (size_t i = 0; i < image_bytes(image); i++) {
        const size_t pixel = i / (size_t)image->channels, x = pixel % (size_t)image->width;
        const size_t y = pixel / (size_t)image->width;
        image->pixels[i] = (uint8_t)(kind == 0   ? x / 2 + y / 3 + random_below(random, 2)
                                     : kind == 1 ? random_bits(random)
                                     : kind == 2 ? 7
                                                 : (x / 5 + y) % 3 * 100);
    }
}

TEST(data_png_is_written_as_stb_writes_it) {
    static const int sizes[][2] = { { 1, 1 },   { 2, 1 },   { 1, 3 },    { 5, 4 },
                                    { 300, 1 }, { 97, 61 }, { 400, 250 } };
    Random random = random_stream(3, 0, 0, 0);
    for (int i = 0; i < 7; i++)
        for (int channels = 1; channels <= 4; channels++)
            for (int kind = 0; kind < 4; kind++) {
                Image image = image_new(sizes[i][0], sizes[i][1], channels);
                test_case("png %d x %d x %d, kind %d", image.width, image.height, channels, kind);
                paint(&image, kind, &random);
                check_like_stb(&image);
                image_free(&image);
            }
}

/* More than the window, more than the room, and matches that lie just at the window's edge. */
TEST(data_png_matches_across_the_window) {
    Image image = image_new(1000, 400, 1);
    Random random = random_stream(4, 0, 0, 0);
    for (int period = 32766; period <= 32769; period++) {
        test_case("png period %d", period);
        for (size_t i = 0; i < image_bytes(&image); i++)
            image.pixels[i] = i < (size_t)period ? (uint8_t)random_bits(&random)
                                                 : image.pixels[i - (size_t)period];
        check_like_stb(&image);
    }
    image_free(&image);
}

/* An image that is several pieces reads back. */
TEST(data_png_in_pieces) {
    const char *path = path_of("%s/pieces.png", test_folder());
    Image image = image_new(2400, 1300, 3), back;
    Random random = random_stream(5, 0, 0, 0);
    Error error = { "" };
    paint(&image, 1, &random);
    CHECK(image_write_png(path, &image, &error) && image_read(path, 3, &back, &error));
    CHECK(image_bytes(&back) == image_bytes(&image));
    CHECK(!memcmp(image.pixels, back.pixels, image_bytes(&image)));
    image_free(&image);
    image_free(&back);
}

/* An indexed image: its values are kept, and shown in the palette's colours. */
TEST(data_png_with_a_palette) {
    static const int counts[] = { 1, 2, 5, 256 };
    const char *path = path_of("%s/indexed.png", test_folder());
    for (int i = 0; i < 4; i++) {
        Image image = image_new(61, 47, 1), labels = { 0 }, shown = { 0 };
        PngPalette palette = { .count = counts[i] };
        Random random = random_stream(8, (uint64_t)i, 0, 0);
        Bytes file = { 0 };
        Error error = { "" };
        test_case("a palette of %d", counts[i]);
        for (int k = 0; k < counts[i]; k++)
            for (int c = 0; c < 3; c++) palette.colours[k][c] = (uint8_t)random_bits(&random);
        for (size_t k = 0; k < image_bytes(&image); k++)
            image.pixels[k] = (uint8_t)random_below(&random, (uint64_t)counts[i]);
        CHECK(png_write_image(&image, &palette, append_piece, &file));
        png_write_chunk("IEND", NULL, 0, append_piece, &file);
        put_bytes(path, file.data, file.count);
        CHECK(image_read_labels(path, &labels, &error) && image_read(path, 3, &shown, &error));
        CHECK(labels.width == 61 && labels.height == 47);
        CHECK(!memcmp(labels.pixels, image.pixels, image_bytes(&image)));
        for (size_t k = 0; k < image_bytes(&image); k++)
            CHECK(!memcmp(shown.pixels + 3 * k, palette.colours[image.pixels[k]], 3));
        free(file.data);
        image_free(&image);
        image_free(&labels);
        image_free(&shown);
    }
}
