/* test_data_image_file_float.c - the header of an image file: orientation, size, and refusals. */
#include "data/image/exif.h"
#include "data/image/resize.h"
#include "tensor/sanitizer.h"
#include "tests/data_trees.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image.h> /* another reader, to compare with */

#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The writer's compressor, which its header does not declare. */
uint8_t *stbi_zlib_compress(uint8_t *data, int count, int *compressed, int quality);

#define CASES "../shared/cases"

static bool same(const Image *a, const Image *b) {
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           !memcmp(a->pixels, b->pixels, image_bytes(a));
}

/* All three readers must refuse the file with a line that names it and contains `why`; probing may
 * accept it if only decoding can find the fault. */
static void check_refused(const char *path, const char *why, bool by_probe) {
    Image image;
    int width, height;
    for (int reader = 0; reader < 3; reader++) {
        Error error = { "" };
        const bool good = reader == 0   ? image_read(path, 3, &image, &error)
                          : reader == 1 ? image_read_labels(path, &image, &error)
                                        : image_probe(path, &width, &height, &error);
        if (reader == 2 && !by_probe) continue;
        if (good || !strstr(error.text, path) || !strstr(error.text, why))
            test_fail(__FILE__, __LINE__, "reader %d said '%s', not '%s'", reader, error.text, why);
        if (good && reader < 2) image_free(&image);
    }
}

/* ---- Orientation ---- */

static void put_16(uint8_t *to, bool big, unsigned value) {
    to[big ? 1 : 0] = (uint8_t)value;
    to[big ? 0 : 1] = (uint8_t)(value >> 8);
}

static void put_32(uint8_t *to, bool big, unsigned value) {
    put_16(to + (big ? 2 : 0), big, value & 0xffff);
    put_16(to + (big ? 0 : 2), big, value >> 16);
}

enum { TIFF_BYTES = 8 + 2 + 2 * 12 + 4 };

/* A TIFF block of two entries: the width of some image, and the orientation. */
static void make_tiff(uint8_t tiff[TIFF_BYTES], bool big, unsigned type, unsigned count,
                      unsigned orientation) {
    memset(tiff, 0, TIFF_BYTES);
    memcpy(tiff, big ? "MM\0*" : "II*\0", 4);
    put_32(tiff + 4, big, 8);
    put_16(tiff + 8, big, 2);
    put_16(tiff + 10, big, 0x100);
    put_16(tiff + 12, big, 4);
    put_32(tiff + 14, big, 1);
    put_32(tiff + 18, big, 3); /* the value of no orientation */
    put_16(tiff + 22, big, 0x112);
    put_16(tiff + 24, big, type);
    put_32(tiff + 26, big, count);
    put_16(tiff + 30, big, orientation);
}

/* The file with bytes put in at `at`. */
static void put_with(const char *path, const uint8_t *file, size_t count, size_t at,
                     const uint8_t *insert, size_t inserted) {
    Bytes bytes = { 0 };
    append_bytes(&bytes, (void *)file, (int)at);
    append_bytes(&bytes, (void *)insert, (int)inserted);
    append_bytes(&bytes, (void *)(file + at), (int)(count - at));
    put_bytes(path, bytes.data, bytes.count);
    free(bytes.data);
}

enum { AFTER_JFIF = 20, AFTER_IHDR = 33 };

static void put_oriented(const char *path, bool png, const uint8_t *file, size_t count,
                         const uint8_t *tiff, size_t tiff_bytes) {
    Bytes block = { 0 };
    if (png) {
        append_chunk(&block, "eXIf", tiff, tiff_bytes);
    } else {
        const size_t length = 8 + tiff_bytes;
        append_bytes(&block, (uint8_t[4]){ 0xff, 0xe1, (uint8_t)(length >> 8), (uint8_t)length },
                     4);
        append_bytes(&block, "Exif\0\0", 6);
        if (tiff_bytes) append_bytes(&block, (void *)tiff, (int)tiff_bytes);
    }
    put_with(path, file, count, png ? AFTER_IHDR : AFTER_JFIF, block.data, block.count);
    free(block.data);
}

/* What EXIF says of orientations 1 to 8: where the first row and the first column are shown. */
static Image shown(const Image *stored, int orientation) {
    const int w = stored->width, h = stored->height, c = stored->channels;
    Image out = image_new(orientation > 4 ? h : w, orientation > 4 ? w : h, c);
    for (int y = 0; y < out.height; y++)
        for (int x = 0; x < out.width; x++) {
            const int from[9][2] = { { 0, 0 },         { x, y },
                                     { w - 1 - x, y }, { w - 1 - x, h - 1 - y },
                                     { x, h - 1 - y }, { y, x },
                                     { y, h - 1 - x }, { w - 1 - y, h - 1 - x },
                                     { w - 1 - y, x } };
            const int *at = from[orientation];
            memcpy(out.pixels + (y * out.width + x) * c, stored->pixels + (at[1] * w + at[0]) * c,
                   (size_t)c);
        }
    return out;
}

static void check_orientation(const char *path, const Image *plain, int orientation) {
    Error error = { "" };
    Image wanted = shown(plain, orientation), found;
    int width, height;
    CHECK(image_read(path, 3, &found, &error) && same(&wanted, &found));
    image_free(&found);
    CHECK(image_probe(path, &width, &height, &error));
    CHECK(width == wanted.width && height == wanted.height);
    image_free(&wanted);
}

TEST(data_image_is_shown_as_exif_says) {
    const char *folder = test_folder();
    for (int png = 0; png < 2; png++) {
        const char *path = path_of("%s/plain", folder);
        Image picture = scene_image(37, 21, 3), plain;
        uint8_t tiff[TIFF_BYTES];
        size_t count;
        Error error = { "" };
        if (png)
            put_png(path, &picture);
        else
            put_jpeg(path, &picture, 90);
        CHECK(image_read(path, 3, &plain, &error));
        uint8_t *file = get_bytes(path, &count);
        for (int orientation = 1; orientation <= 8; orientation++)
            for (int big = 0; big < 2; big++) {
                test_case("exif %s %s %d", png ? "png" : "jpeg", big ? "MM" : "II", orientation);
                make_tiff(tiff, big, 3, 1, (unsigned)orientation);
                put_oriented(path, png, file, count, tiff, TIFF_BYTES);
                check_orientation(path, &plain, orientation);
            }
        free(file);
        image_free(&plain);
        image_free(&picture);
    }
}

TEST(data_image_masks_are_turned_with_their_images) {
    const char *path = path_of("%s/mask.png", test_folder());
    Image labels = image_new(5, 3, 1), found;
    for (int i = 0; i < 15; i++) labels.pixels[i] = (uint8_t)(i % 4);
    put_png(path, &labels);
    size_t count;
    uint8_t *file = get_bytes(path, &count), tiff[TIFF_BYTES];
    for (int orientation = 1; orientation <= 8; orientation++) {
        Error error = { "" };
        make_tiff(tiff, false, 3, 1, (unsigned)orientation);
        put_oriented(path, true, file, count, tiff, TIFF_BYTES);
        Image wanted = shown(&labels, orientation);
        CHECK(image_read_labels(path, &found, &error) && same(&wanted, &found));
        image_free(&found);
        CHECK(image_read(path, 1, &found, &error) && same(&wanted, &found));
        image_free(&found);
        image_free(&wanted);
    }
    free(file);
    image_free(&labels);
}

/* An invalid orientation block is ignored. */
TEST(data_image_odd_exif_is_ignored) {
    uint8_t tiff[TIFF_BYTES];
    for (int big = 0; big < 2; big++) {
        make_tiff(tiff, big, 3, 1, 6);
        CHECK(exif_turn(tiff, TIFF_BYTES) == 6);
        for (size_t keep = 0; keep < TIFF_BYTES; keep++) {
            uint8_t *cut = malloc(keep + 1);
            memcpy(cut, tiff, keep);
            CHECK(exif_turn(cut, keep) == (keep >= 34 ? 6 : 0)); /* the second entry ends there */
            free(cut);
        }
        static const unsigned odd[][3] = { { 3, 1, 0 }, { 3, 1, 9 },  { 3, 1, 65535 },
                                           { 3, 2, 6 }, { 3, 0, 6 },  { 4, 1, 6 },
                                           { 1, 1, 6 }, { 12, 1, 6 }, { 3, 0x80000001, 6 } };
        for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
            make_tiff(tiff, big, odd[i][0], odd[i][1], odd[i][2]);
            CHECK(exif_turn(tiff, TIFF_BYTES) == 0);
        }
        static const unsigned far[] = { TIFF_BYTES - 1, TIFF_BYTES, 0x7fffffff, 0xffffffff };
        for (int i = 0; i < 4; i++) {
            make_tiff(tiff, big, 3, 1, 6);
            put_32(tiff + 4, big, far[i]);
            CHECK(exif_turn(tiff, TIFF_BYTES) == 0);
        }
        make_tiff(tiff, big, 3, 1, 6);
        put_16(tiff + 8, big, 65535); /* entries */
        CHECK(exif_turn(tiff, TIFF_BYTES) == 6);
        put_16(tiff + 22, big, 0x113);
        CHECK(exif_turn(tiff, TIFF_BYTES) == 0);
    }
    Random random = random_stream(5, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        make_tiff(tiff, i & 1, 3, 1, 6);
        for (int k = 0; k < 3; k++)
            tiff[random_below(&random, TIFF_BYTES)] = (uint8_t)random_bits(&random);
        const int turn = exif_turn(tiff, TIFF_BYTES);
        CHECK(turn >= 0 && turn < TURNS);
    }
    /* a file with such a block is read as it lies */
    const char *path = path_of("%s/odd.png", test_folder());
    Image picture = scene_image(9, 7, 4);
    size_t count;
    put_png(path, &picture);
    uint8_t *file = get_bytes(path, &count);
    make_tiff(tiff, false, 4, 1, 6);
    put_oriented(path, true, file, count, tiff, TIFF_BYTES);
    check_orientation(path, &picture, 1);
    put_oriented(path, true, file, count, tiff, 0);
    check_orientation(path, &picture, 1);
    free(file);
    image_free(&picture);
}

/* ---- Sizes ---- */

/* Memory (MiB) and processor time (s) that a child process needs to read path; could it? */
typedef struct Price {
    bool read;
    double mebibytes, seconds;
} Price;

static Price price_of(const char *path) {
    int ends[2];
    Price price = { 0 };
    PROMISE(pipe(ends) == 0, "no pipe");
    const pid_t child = fork();
    if (child == 0) {
        struct rusage before, after;
        struct timespec from, to;
        Image image;
        getrusage(RUSAGE_SELF, &before);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        price.read = image_read(path, 3, &image, NULL);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        getrusage(RUSAGE_SELF, &after);
        price.mebibytes = (double)(after.ru_maxrss - before.ru_maxrss) / 1024;
        price.seconds =
            (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
        _exit(write(ends[1], &price, sizeof price) != sizeof price);
    }
    close(ends[1]);
    const bool told = child > 0 && read(ends[0], &price, sizeof price) == sizeof price;
    close(ends[0]);
    if (child > 0) waitpid(child, NULL, 0);
    if (!told) test_fail(__FILE__, __LINE__, "%s: the child died", path);
    return price;
}

static void check_cheaply_refused(const char *path, const char *why, bool by_probe) {
    test_case("cheaply refused: %s", why);
    const Price price = price_of(path);
    CHECK(!price.read && price.mebibytes < 24 && price.seconds < 2);
    check_refused(path, why, by_probe);
}

/* A stream that decompresses to `count` zeros: 258 of them by 13 bits. */
static Bytes zeros_stream(size_t count) {
    Bytes bytes = { 0 };
    uint64_t bits = 0;
    int held = 0;
    append_bytes(&bytes, (uint8_t[2]){ 0x78, 0x01 }, 2);
#define PUT(value, length)                                                                      \
    for (bits |= (uint64_t)(value) << held, held += (length); held >= 8; held -= 8, bits >>= 8) \
    append_bytes(&bytes, (uint8_t[1]){ (uint8_t)bits }, 1)
    PUT(3, 3);    /* the last block, of fixed codes */
    PUT(0x0c, 8); /* the literal 0: 00110000 */
    count--;
    for (; count >= 258; count -= 258) PUT(0xa3, 13); /* length 258: 11000101; distance 1: 00000 */
    for (; count > 0; count--) PUT(0x0c, 8);
    PUT(0, 7);
    PUT(0, 7);
#undef PUT
    return bytes;
}

static void put_png_of(const char *path, int width, int height, int depth, int type,
                       const Bytes *stream) {
    Bytes file = { 0 }, header = { 0 };
    append_bytes(&file, "\x89PNG\r\n\x1a\n", 8);
    append_word(&header, (uint32_t)width);
    append_word(&header, (uint32_t)height);
    append_bytes(&header, (uint8_t[5]){ (uint8_t)depth, (uint8_t)type, 0, 0, 0 }, 5);
    append_chunk(&file, "IHDR", header.data, header.count);
    append_chunk(&file, "IDAT", stream->data, stream->count);
    append_chunk(&file, "IEND", NULL, 0);
    put_bytes(path, file.data, file.count);
    free(file.data);
    free(header.data);
}

TEST(data_image_png_sizes_are_not_believed) {
    const char *folder = test_folder(), *path = path_of("%s/size.png", folder);
    Bytes small = zeros_stream(1000), long_one = zeros_stream((size_t)400 << 20);
    put_png_of(path, 40000, 2, 8, 0, &small);
    check_cheaply_refused(path, "40000 x 2 pixels; no side may be above 32768", true);
    put_png_of(path, 1, 1000000, 8, 0, &small);
    check_cheaply_refused(path, "no side may be above 32768", true);
    put_png_of(path, 0, 5, 8, 0, &small);
    check_cheaply_refused(path, "0 x 5 pixels", true);
    put_png_of(path, 10001, 10000, 1, 0, &small);
    check_cheaply_refused(path, "10001 x 10000 pixels; the limit is 100 megapixels", true);
    put_png_of(path, 10000, 10000, 16, 6, &small);
    check_cheaply_refused(path, "truncated PNG", true);
    put_png_of(path, 3000, 3000, 8, 0, &small);
    check_cheaply_refused(path, "3000 x 3000 pixels cannot be compressed", true);
    put_png_of(path, 16, 16, 8, 0, &long_one);
    check_cheaply_refused(path, "decompresses to more than the 272 bytes", false);
    free(small.data);
    free(long_one.data);
    /* as much as the header needs, and a little more, as some writers leave it */
    Bytes enough = zeros_stream(272), more = zeros_stream(300), less = zeros_stream(271);
    Image image;
    Error error = { "" };
    put_png_of(path, 16, 16, 8, 0, &enough);
    CHECK(image_read(path, 3, &image, &error));
    image_free(&image);
    put_png_of(path, 16, 16, 8, 0, &more);
    CHECK(image_read(path, 3, &image, &error));
    image_free(&image);
    put_png_of(path, 16, 16, 8, 0, &less);
    check_refused(path, "its data ends at row 15 of 16", false);
    free(enough.data);
    free(more.data);
    free(less.data);
}

/* Bytes after the end of a PNG are not pixels. */
TEST(data_image_png_data_behind_the_end) {
    const char *path = path_of("%s/behind.png", test_folder());
    Bytes stream = zeros_stream(272), rest = { 0 };
    append_chunk(&rest, "IDAT", stream.data + 8, stream.count - 8);
    stream.count = 8;
    put_png_of(path, 16, 16, 8, 0, &stream);
    size_t count;
    uint8_t *file = get_bytes(path, &count);
    put_with(path, file, count, count, rest.data, rest.count);
    check_refused(path, "damaged PNG: its data", false);
    free(file);
    free(stream.data);
    free(rest.data);
}

TEST(data_image_limit_can_be_raised) {
    const char *path = path_of("%s/large.png", test_folder());
    Bytes stream = zeros_stream((size_t)1000 * (1 + 2001 / 8 + 1));
    put_png_of(path, 2001, 1000, 1, 0, &stream);
    free(stream.data);
    Image image;
    Error error = { "" };
    int width, height;
    image_set_megapixels(2);
    check_refused(path, "2001 x 1000 pixels; the limit is 2 megapixels", true);
    image_set_megapixels(3);
    CHECK(image_probe(path, &width, &height, &error) && width == 2001 && height == 1000);
    CHECK(image_read(path, 1, &image, &error));
    image_free(&image);
    image_set_megapixels(IMAGE_MEGAPIXELS);
}

/* A BMP of `bits` a pixel without a single pixel; `colours` of them in its palette. */
static Bytes bmp_header(int width, int height, int bits, int colours) {
    uint8_t header[54] = { 'B', 'M' };
    Bytes bytes = { 0 };
    header[10] = (uint8_t)(54 + 4 * colours);
    header[11] = (uint8_t)((54 + 4 * colours) >> 8);
    header[14] = 40;
    put_32(header + 18, false, (unsigned)width);
    put_32(header + 22, false, (unsigned)height);
    header[26] = 1;
    header[28] = (uint8_t)bits;
    put_32(header + 46, false, (unsigned)colours);
    append_bytes(&bytes, header, 54);
    for (int i = 0; i < colours; i++)
        append_bytes(&bytes, (uint8_t[4]){ (uint8_t)i, (uint8_t)i, (uint8_t)i, 0 }, 4);
    return bytes;
}

TEST(data_image_bmp_sizes_are_not_believed) {
    const char *path = path_of("%s/size.bmp", test_folder());
    static const struct {
        int width, height;
        const char *why;
    } headers[] = { { 16384, 16384, "the limit is 100 megapixels" },
                    { 40000, 3, "no side may be above" },
                    { 3, -40000, "no side may be above" },
                    { 8000, 8000, "truncated BMP" },
                    { 8000, -8000, "truncated BMP" },
                    { -5, 5, "at least 1 x 1" },
                    { 5, 0, "at least 1 x 1" },
                    { 5, -0x7fffffff - 1, "no side may be above" } };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        Bytes file = bmp_header(headers[i].width, headers[i].height, 24, 0);
        put_bytes(path, file.data, file.count);
        check_cheaply_refused(path, headers[i].why, true);
        free(file.data);
    }
    /* 5 x 3 pixels: rows of 16 bytes, the last of which may lack its padding */
    Bytes file = bmp_header(5, 3, 24, 0);
    const size_t needed = file.count + 2 * 16 + 15;
    for (int i = 0; i < 48; i++) append_bytes(&file, (uint8_t[1]){ (uint8_t)i }, 1);
    for (size_t keep = 2; keep <= file.count; keep++) {
        Image image;
        put_bytes(path, file.data, keep);
        if (keep < needed) {
            check_refused(path, "truncated BMP", true);
        } else {
            CHECK(image_read(path, 3, &image, NULL) && image.pixels[0] == 34);
            image_free(&image);
        }
    }
    free(file.data);
}

TEST(data_image_colours_beyond_the_palette) {
    const char *folder = test_folder();
    for (int depth = 1; depth <= 8; depth *= 2) {
        const int colours = depth == 1 ? 1 : depth == 2 ? 3 : 5, index = colours;
        const uint8_t palette[15] = { 0 };
        uint8_t rows[4] = { 0, 0, 0, (uint8_t)index }; /* the last pixel of the second row */
        const char *png = path_of("%s/%d.png", folder, depth);
        put_raw_png(png, 16 / depth, 2, depth, 3, rows, 2, palette, colours);
        check_refused(png, path_of("colour %d of a palette of %d", index, colours), false);
        rows[3] = (uint8_t)(index - 1);
        put_raw_png(png, 16 / depth, 2, depth, 3, rows, 2, palette, colours);
        Image image;
        CHECK(image_read_labels(png, &image, NULL) &&
              image.pixels[2 * 16 / depth - 1] == index - 1);
        image_free(&image);
        put_raw_png(png, 16 / depth, 2, depth, 3, rows, 2, NULL, 0);
        check_refused(png, "no palette", false);
        if (depth == 2) continue; /* no BMP has it */
        const char *bmp = path_of("%s/%d.bmp", folder, depth);
        for (int good = 0; good < 2; good++) {
            Bytes file = bmp_header(32 / depth, 1, depth, colours);
            append_bytes(&file, (uint8_t[4]){ 0, 0, 0, (uint8_t)(good ? index - 1 : index) }, 4);
            put_bytes(bmp, file.data, file.count);
            free(file.data);
            if (!good)
                check_refused(bmp, path_of("colour %d of a palette of %d", index, colours), false);
            else
                CHECK(image_read_labels(bmp, &image, NULL) &&
                      image.pixels[32 / depth - 1] == index - 1);
        }
        image_free(&image);
    }
}

/* ---- JPEG ---- */

/* Where the first marker of the kind begins; 0: nowhere. */
static size_t find_marker(const uint8_t *file, size_t count, int marker) {
    for (size_t at = 2; at + 4 <= count && file[at] == 0xff;
         at += 2 + ((size_t)file[at + 2] << 8 | file[at + 3])) {
        if (file[at + 1] == marker) return at;
        if (file[at + 1] == 0xda) break;
    }
    return 0;
}

static void set_jpeg_size(uint8_t *file, size_t count, int width, int height) {
    uint8_t *frame = file + find_marker(file, count, 0xc0);
    frame[5] = (uint8_t)(height >> 8);
    frame[6] = (uint8_t)height;
    frame[7] = (uint8_t)(width >> 8);
    frame[8] = (uint8_t)width;
}

TEST(data_image_jpeg_sizes_are_not_believed) {
    const char *folder = test_folder(), *path = path_of("%s/size.jpg", folder);
    Image picture = scene_image(64, 48, 8), back;
    put_jpeg(path, &picture, 90);
    size_t count;
    uint8_t *file = get_bytes(path, &count);
    static const struct {
        int width, height;
        const char *why;
    } sizes[] = { { 16384, 16384, "the limit is 100 megapixels" },
                  { 65535, 16, "no side may be above" },
                  { 16, 65535, "no side may be above" },
                  { 9000, 9000, "truncated JPEG" },
                  { 0, 48, "at least 1 x 1" },
                  { 64, 0, "at least 1 x 1" } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        set_jpeg_size(file, count, sizes[i].width, sizes[i].height);
        put_bytes(path, file, count);
        check_cheaply_refused(path, sizes[i].why, true);
    }
    /* more than the decoder can count, though it is allowed */
    image_set_megapixels(IMAGE_MEGAPIXELS_MAX);
    set_jpeg_size(file, count, 30000, 30000);
    put_bytes(path, file, count);
    check_cheaply_refused(path, "30000 x 30000 pixels; a JPEG like this may have at most 715",
                          true);
    image_set_megapixels(IMAGE_MEGAPIXELS);
    /* a long comment before the frame, so that the first bytes do not tell the size */
    Bytes comment = { 0 };
    uint8_t *text = calloc(65533, 1);
    for (int i = 0; i < 3; i++) {
        append_bytes(&comment, (uint8_t[4]){ 0xff, 0xfe, 0xff, 0xff }, 4);
        append_bytes(&comment, text, 65533);
    }
    free(text);
    set_jpeg_size(file, count, 16384, 16384);
    put_with(path, file, count, AFTER_JFIF, comment.data, comment.count);
    check_cheaply_refused(path, "the limit is 100 megapixels", true);
    set_jpeg_size(file, count, 9000, 9000);
    put_with(path, file, count, AFTER_JFIF, comment.data, comment.count);
    check_cheaply_refused(path, "truncated JPEG", true);
    set_jpeg_size(file, count, 64, 48);
    put_with(path, file, count, AFTER_JFIF, comment.data, comment.count);
    CHECK(image_read(path, 3, &back, NULL) && back.width == 64);
    image_free(&back);
    free(comment.data);
    free(file);
    image_free(&picture);
}

/* Bytes between segments are skipped, as libjpeg does. */
TEST(data_image_jpeg_bytes_between_segments) {
    const char *path = path_of("%s/between.jpg", test_folder());
    Image picture = scene_image(40, 30, 9), plain, back;
    put_jpeg(path, &picture, 90);
    CHECK(image_read(path, 3, &plain, NULL));
    size_t count;
    uint8_t *file = get_bytes(path, &count);
    static const int markers[] = { 0xe0, 0xdb, 0xc0, 0xc4, 0xda };
    static const char *const between[] = { "\0\0", "\0", "ab", "\xff\xff", "\xff\0", "\xff\xd3" };
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 6; k++) {
            test_case("jpeg: bytes %d before marker %x", k, markers[i]);
            const size_t at = find_marker(file, count, markers[i]);
            put_with(path, file, count, at, (const uint8_t *)between[k], k == 1 ? 1 : 2);
            CHECK(at > 0 && image_read(path, 3, &back, NULL) && same(&plain, &back));
            image_free(&back);
        }
    free(file);
    image_free(&plain);
    image_free(&picture);
}

/* The decoder would fill missing data with grey, or leave memory unset: it is found before. */
TEST(data_image_jpeg_parts_that_are_missing) {
    const char *folder = test_folder(), *path = path_of("%s/parts.jpg", folder);
    const char *less = path_of("%s/less.jpg", folder);
    Image picture = scene_image(64, 48, 10);
    put_jpeg(path, &picture, 90);
    size_t count;
    uint8_t *file = get_bytes(path, &count);
    const size_t frame = find_marker(file, count, 0xc0), scan = find_marker(file, count, 0xda);
    static const struct {
        int marker;
        const char *why;
    } needed[] = { { 0xdb, "tables are not there" },
                   { 0xc4, "tables are not there" },
                   { 0xc0, "a scan before the frame" },
                   { 0xda, "ends before any image data" } };
    for (int i = 0; i < 4; i++) { /* every segment of the kind becomes a comment */
        uint8_t *other = get_bytes(path, &count);
        for (size_t at; (at = find_marker(other, count, needed[i].marker)) > 0;)
            other[at + 1] = 0xfe;
        put_bytes(less, other, count);
        check_refused(less, needed[i].why, true);
        free(other);
    }
    /* restarts are announced, and none is there */
    put_with(path, file, count, scan, (uint8_t[6]){ 0xff, 0xdd, 0, 4, 0, 2 }, 6);
    check_refused(path, "its data end at block 2 of", true);
    /* a frame of a kind that is not read; a second one */
    file[frame + 1] = 0xc9;
    put_bytes(path, file, count);
    check_refused(path, "a JPEG of kind 9", true);
    file[frame + 1] = 0xc0;
    put_with(path, file, count, scan, file + frame, 2 + file[frame + 3]);
    check_refused(path, "a second frame", true);
    /* a baseline scan that begins at the second coefficient */
    file[scan + 2 + file[scan + 3] - 3] = 1;
    put_bytes(path, file, count);
    check_refused(path, "a baseline scan of a part of the coefficients", true);
    file[scan + 2 + file[scan + 3] - 3] = 0;
    /* a marker of no known kind */
    put_with(path, file, count, scan, (uint8_t[4]){ 0xff, 0xf3, 0, 2 }, 4);
    check_refused(path, "damaged JPEG: the unknown marker 0xf3", true);
    /* the scan is cut, and the end mended */
    const size_t data = scan + 2 + file[scan + 3];
    Bytes cut = { 0 };
    append_bytes(&cut, file, (int)data + 8);
    append_bytes(&cut, (uint8_t[2]){ 0xff, 0xd9 }, 2);
    put_bytes(path, cut.data, cut.count);
    check_refused(path, "truncated JPEG: a scan of 8 bytes", true);
    free(cut.data);
    free(file);
    image_free(&picture);
}

/* Scan data that end early, or contain codes that no encoder writes, are found without decoding, at
 * the first look at the file. */
TEST(data_image_jpeg_damaged_scans) {
    const char *folder = test_folder();
    const char *path = path_of("%s/whole.jpg", folder), *cut = path_of("%s/cut.jpg", folder);
    Random random = random_stream(15, 0, 0, 0);
    Image picture = scene_image(90, 70, 11), back;
    for (int quality = 90; quality <= 95; quality += 5) { /* with and without subsampling */
        put_jpeg(path, &picture, quality);
        CHECK(image_read(path, 3, &back, NULL));
        image_free(&back);
        size_t count;
        uint8_t *file = get_bytes(path, &count);
        const size_t scan = find_marker(file, count, 0xda), data = scan + 2 + file[scan + 3];
        for (int tenths = 5; tenths < 10; tenths++) {
            const size_t keep = data + (count - data) * (size_t)tenths / 10;
            Bytes bytes = { 0 };
            append_bytes(&bytes, file, (int)keep);
            if (bytes.data[keep - 1] == 0xff) bytes.data[keep - 1] = 0;
            append_bytes(&bytes, (uint8_t[2]){ 0xff, 0xd9 }, 2);
            put_bytes(cut, bytes.data, bytes.count);
            check_refused(cut, "at block", true);
            free(bytes.data);
        }
        int found = 0;
        for (int i = 0; i < 40; i++) {
            uint8_t *damaged = get_bytes(path, &count);
            int width, height;
            for (int k = 0; k < 20; k++)
                damaged[data + random_below(&random, count - data - 2)] =
                    (uint8_t)random_below(&random, 255);
            put_bytes(cut, damaged, count);
            found += !image_probe(cut, &width, &height, NULL);
            free(damaged);
        }
        CHECK(found > 30); /* the rest are other images, as good as any */
        free(file);
    }
    image_free(&picture);
}

/* A grey progressive image of `width` x 8 pixels: a scan of means, all the same, and a scan of
 * the other coefficients, of which two blocks have none. */
static void put_progressive(const char *path, int width) {
    Bytes file = { 0 };
    append_bytes(&file, (uint8_t[6]){ 0xff, 0xd8, 0xff, 0xdb, 0, 67 }, 6);
    append_bytes(&file, (uint8_t[65]){ 0, 1 }, 65);
    append_bytes(&file,
                 (uint8_t[13]){ 0xff, 0xc2, 0, 11, 8, 0, 8, 0, (uint8_t)width, 1, 1, 0x11, 0 }, 13);
    for (int kind = 0; kind < 2; kind++) { /* one code of one bit: no bits; a run of two or three */
        append_bytes(&file, (uint8_t[5]){ 0xff, 0xc4, 0, 20, (uint8_t)(kind << 4) }, 5);
        append_bytes(&file, (uint8_t[17]){ [0] = 1, [16] = (uint8_t)(kind << 4) }, 17);
    }
    append_bytes(&file, (uint8_t[11]){ 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0x1f }, 11);
    append_bytes(&file, (uint8_t[11]){ 0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0x3f }, 11);
    append_bytes(&file, (uint8_t[2]){ 0xff, 0xd9 }, 2);
    put_bytes(path, file.data, file.count);
    free(file.data);
}

TEST(data_image_progressive_jpeg) {
    const char *path = path_of("%s/progressive.jpg", test_folder());
    Image image;
    put_progressive(path, 16);
    CHECK(image_read(path, 1, &image, NULL) && image.width == 16 && image.pixels[15] == 128);
    image_free(&image);
    put_progressive(path, 24);
    check_refused(path, "at block 2 of 3", true);
}

/* A grey image of 24 x 8 pixels, a block in each restart interval; between the second block and
 * its marker there are more bytes. */
static void put_restarts(const char *path, const char *more, int count) {
    Bytes file = { 0 };
    append_bytes(&file, (uint8_t[6]){ 0xff, 0xd8, 0xff, 0xdb, 0, 67 }, 6);
    append_bytes(&file, (uint8_t[65]){ 0, 1 }, 65);
    append_bytes(&file, (uint8_t[13]){ 0xff, 0xc0, 0, 11, 8, 0, 8, 0, 24, 1, 1, 0x11, 0 }, 13);
    for (int kind = 0; kind < 2; kind++) { /* one code of one bit: the mean before, or the end */
        append_bytes(&file, (uint8_t[5]){ 0xff, 0xc4, 0, 20, (uint8_t)(kind << 4) }, 5);
        append_bytes(&file, (uint8_t[17]){ [0] = 1 }, 17);
    }
    append_bytes(&file, (uint8_t[6]){ 0xff, 0xdd, 0, 4, 0, 1 }, 6);
    append_bytes(&file, (uint8_t[10]){ 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0 }, 10);
    append_bytes(&file, (uint8_t[4]){ 0x3f, 0xff, 0xd0, 0x3f }, 4);
    append_bytes(&file, (void *)more, count);
    append_bytes(&file, (uint8_t[5]){ 0xff, 0xd1, 0x3f, 0xff, 0xd9 }, 5);
    put_bytes(path, file.data, file.count);
    free(file.data);
}

/* Data that belong to no block are found at the first look. The decoder would end there. */
TEST(data_image_jpeg_restarts) {
    const char *path = path_of("%s/restarts.jpg", test_folder());
    static const char *const overlooked[] = { "", "\xff", "\xff\xff\xff\xff\xff", "ab" };
    Image image;
    for (int i = 0; i < 4; i++) { /* none, fill bytes, little enough */
        test_case("jpeg: bytes %d before a restart", i);
        put_restarts(path, overlooked[i], (int)strlen(overlooked[i]));
        CHECK(image_read(path, 1, &image, NULL) && image.width == 24 && image.pixels[23] == 128);
        image_free(&image);
    }
    put_restarts(path, "abc", 3);
    check_refused(path, "its blocks end before their data at block 2 of 3", true);
    put_restarts(path, "a long piece that is some other block's", 39);
    check_refused(path, "its blocks end before their data at block 2 of 3", true);
    /* the same behind the last block, where cameras leave zeros */
    Image picture = scene_image(40, 30, 12), plain;
    size_t count;
    put_jpeg(path, &picture, 90);
    CHECK(image_read(path, 3, &plain, NULL));
    uint8_t *file = get_bytes(path, &count);
    put_with(path, file, count, count - 2, (uint8_t[20]){ 0 }, 20);
    CHECK(image_read(path, 3, &image, NULL) && same(&plain, &image));
    put_with(path, file, count, count - 2, (uint8_t[20]){ [16] = 0xff }, 20);
    check_refused(path, "its blocks end before their data", true);
    free(file);
    image_free(&plain);
    image_free(&image);
    image_free(&picture);
}

/* ---- Pixels, against another reader ---- */

static void check_like_other(const char *path) {
    size_t count;
    uint8_t *file = get_bytes(path, &count);
    for (int channels = 1; channels <= 3; channels += 2) {
        int width = 0, height = 0, found;
        Image image;
        Error error = { "" };
        uint8_t *wanted =
            stbi_load_from_memory(file, (int)count, &width, &height, &found, channels);
        CHECK(wanted && image_read(path, channels, &image, &error));
        CHECK(image.width == width && image.height == height);
        CHECK(!memcmp(wanted, image.pixels, image_bytes(&image)));
        image_free(&image);
        free(wanted);
    }
    free(file);
}

static void append_pass(Bytes *raw, Random *random, int width, int height, int bits) {
    const int stride = (width * bits + 7) / 8;
    for (int y = 0; width > 0 && y < height; y++) {
        append_bytes(raw, (uint8_t[1]){ (uint8_t)random_below(random, 5) }, 1);
        for (int i = 0; i < stride; i++)
            append_bytes(raw, (uint8_t[1]){ (uint8_t)random_bits(random) }, 1);
    }
}

/* Every kind of PNG, with every filter: any bytes are some image. */
TEST(data_image_png_of_every_kind) {
    static const int kinds[][3] = { { 0, 1, 1 },  { 0, 2, 1 }, { 0, 4, 1 },  { 0, 8, 1 },
                                    { 0, 16, 1 }, { 2, 8, 3 }, { 2, 16, 3 }, { 3, 1, 1 },
                                    { 3, 2, 1 },  { 3, 4, 1 }, { 3, 8, 1 },  { 4, 8, 2 },
                                    { 4, 16, 2 }, { 6, 8, 4 }, { 6, 16, 4 } };
    static const int adam7[7][4] = { { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 },
                                     { 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 } };
    static const int sizes[][2] = { { 1, 1 }, { 3, 2 }, { 5, 9 }, { 33, 17 } };
    const char *path = path_of("%s/kind.png", test_folder());
    Random random = random_stream(11, 0, 0, 0);
    for (int k = 0; k < 15 * 4 * 2; k++) {
        const int *kind = kinds[k / 8], *size = sizes[k / 2 % 4], interlaced = k % 2;
        const int bits = kind[1] * kind[2];
        Bytes raw = { 0 }, stream = { 0 };
        test_case("png type %d depth %d %d x %d %d", kind[0], kind[1], size[0], size[1],
                  interlaced);
        for (int p = 0; p < (interlaced ? 7 : 1); p++) {
            const int *pass = adam7[p];
            if (interlaced)
                append_pass(&raw, &random, (size[0] - pass[0] + pass[2] - 1) / pass[2],
                            (size[1] - pass[1] + pass[3] - 1) / pass[3], bits);
            else
                append_pass(&raw, &random, size[0], size[1], bits);
        }
        int compressed;
        stream.data = stbi_zlib_compress(raw.data, (int)raw.count, &compressed, 8);
        stream.count = (size_t)compressed;
        Bytes file = { 0 }, header = { 0 };
        append_bytes(&file, "\x89PNG\r\n\x1a\n", 8);
        append_word(&header, (uint32_t)size[0]);
        append_word(&header, (uint32_t)size[1]);
        append_bytes(&header,
                     (uint8_t[5]){ (uint8_t)kind[1], (uint8_t)kind[0], 0, 0, (uint8_t)interlaced },
                     5);
        append_chunk(&file, "IHDR", header.data, header.count);
        uint8_t palette[768];
        for (int i = 0; i < 768; i++) palette[i] = (uint8_t)random_bits(&random);
        if (kind[0] == 3) append_chunk(&file, "PLTE", palette, (size_t)3 << kind[1]);
        const size_t first = stream.count / 3;
        append_chunk(&file, "IDAT", stream.data, first);
        append_chunk(&file, "IDAT", stream.data + first, stream.count - first);
        append_chunk(&file, "IEND", NULL, 0);
        put_bytes(path, file.data, file.count);
        check_like_other(path);
        free(raw.data);
        free(stream.data);
        free(header.data);
        free(file.data);
    }
}

TEST(data_image_bmp_of_every_kind) {
    const char *path = path_of("%s/kind.bmp", test_folder());
    Random random = random_stream(12, 0, 0, 0);
    for (int k = 0; k < 6 * 3 * 2; k++) {
        static const int depths[] = { 1, 4, 8, 16, 24, 32 }, widths[] = { 1, 5, 33 };
        const int bits = depths[k / 6], width = widths[k / 2 % 3], height = k % 2 ? 3 : -3;
        Bytes file = bmp_header(width, height, bits, bits <= 8 ? 1 << bits : 0);
        test_case("bmp %d bits %d x %d", bits, width, height);
        for (int i = 0; i < (width * bits + 31) / 32 * 4 * 3; i++)
            append_bytes(&file, (uint8_t[1]){ (uint8_t)random_bits(&random) }, 1);
        put_bytes(path, file.data, file.count);
        check_like_other(path);
        if (bits == 16) { /* five, six and five bits */
            Bytes fields = { 0 };
            append_bytes(&fields, file.data, 54);
            append_bytes(&fields, (uint8_t[12]){ 0, 0xf8, 0, 0, 0xe0, 7, 0, 0, 31, 0, 0, 0 }, 12);
            append_bytes(&fields, file.data + 54, (int)file.count - 54);
            fields.data[10] = 66;
            fields.data[30] = 3;
            put_bytes(path, fields.data, fields.count);
            check_like_other(path);
            free(fields.data);
        }
        free(file.data);
    }
}

/* Damage behind right checksums is survived: decoded, or refused with a line. */
TEST(data_image_damage_behind_right_checksums) {
    const char *path = path_of("%s/damaged.png", test_folder());
    Random random = random_stream(13, 0, 0, 0);
    Image picture = scene_image(20, 15, 14), back;
    int size, read = 0;
    Bytes raw = { 0 };
    for (int y = 0; y < 15; y++) {
        append_bytes(&raw, (uint8_t[1]){ (uint8_t)(y % 3) }, 1);
        append_bytes(&raw, picture.pixels + 60 * y, 60);
    }
    uint8_t *stream = stbi_zlib_compress(raw.data, (int)raw.count, &size, 8);
    for (int i = 0; i < 400; i++) {
        Bytes damaged = { 0 };
        append_bytes(&damaged, stream, size);
        for (int k = 0; k < 2; k++)
            damaged.data[random_below(&random, damaged.count)] = (uint8_t)random_bits(&random);
        put_png_of(path, 20, 15, 8, 2, &damaged);
        Error error = { "" };
        if (image_read(path, 3, &back, &error)) {
            read++;
            image_free(&back);
        } else {
            CHECK(strstr(error.text, path));
        }
        free(damaged.data);
    }
    CHECK(read < 400);
    free(stream);
    free(raw.data);
    image_free(&picture);
}

/* If there is no memory for the pixels, the error says so; nothing aborts. */
TEST(data_image_without_memory) {
#ifndef HAS_ADDRESS_SANITIZER
    const char *path = path_of("%s/huge.png", test_folder());
    Bytes stream = zeros_stream((size_t)9000 * 9001);
    put_png_of(path, 9000, 9000, 8, 0, &stream);
    free(stream.data);
    const pid_t child = fork();
    if (child == 0) {
        Image image;
        Error error = { "" };
        const struct rlimit limit = { 1 << 20, 1 << 20 };
        setrlimit(RLIMIT_DATA, &limit);
        const bool good = image_read(path, 3, &image, &error);
        _exit(good || !strstr(error.text, "not enough memory") || !strstr(error.text, path));
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#endif
}

/* ---- Files that broke other programs, if they are available ---- */

TEST(data_image_cases) {
    static const struct {
        const char *name, *why;
    } refused[] = { { "palette_short.png", "colour 2 of a palette of 2" },
                    { "bmp_hdr.bmp", "megapixels" },
                    { "jpeg_16384.jpg", "megapixels" },
                    { "tall_1x1M.png", "no side may be above" },
                    { "cut_zero.bmp", "truncated BMP" },
                    { "damaged_scan.jpg", "damaged JPEG" } };
    static const struct {
        const char *name;
        int orientation, tolerance;
    } turned[] = { { "exif_3.jpg", 3, 60 }, { "exif_6.jpg", 6, 60 }, { "exif_8.png", 8, 0 } };
    Image plain, image;
    if (access(CASES, R_OK) != 0) return;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *path = path_of(CASES "/%s", refused[i].name);
        if (file_exists(path)) check_cheaply_refused(path, refused[i].why, false);
    }
    CHECK(image_read(CASES "/zero_bytes_before_marker.jpg", 3, &image, NULL));
    image_free(&image);
    CHECK(image_read(CASES "/plain.png", 3, &plain, NULL));
    for (int i = 0; i < 3; i++) {
        test_case("case %s", turned[i].name);
        Image wanted = shown(&plain, turned[i].orientation);
        CHECK(image_read(path_of(CASES "/%s", turned[i].name), 3, &image, NULL));
        CHECK(image.width == wanted.width && image.height == wanted.height);
        double off = 0;
        for (size_t k = 0; k < image_bytes(&wanted); k++)
            off += abs(wanted.pixels[k] - image.pixels[k]);
        CHECK(off / (double)image_bytes(&wanted) <= turned[i].tolerance / 10.0);
        image_free(&wanted);
        image_free(&image);
    }
    image_free(&plain);
}
