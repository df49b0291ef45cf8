/* data_trees.h - writes image files for the tests of data/: good ones, odd ones and broken ones. */
#ifndef TESTS_DATA_TREES_H
#define TESTS_DATA_TREES_H

#include "data/files.h"
#include "data/image/image.h"
#include "tensor/memory.h"
#include "tensor/random.h"
#include "tests/test.h"

#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A path in printf style, in one of eight buffers used in turn. */
__attribute__((unused, format(printf, 1, 2))) static const char *path_of(const char *format, ...) {
    static char paths[8][512];
    static int used;
    char *path = paths[used++ % 8];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path, sizeof paths[0], format, arguments);
    va_end(arguments);
    return path;
}

/* Create every folder on the path to the file. */
__attribute__((unused)) static void make_folders_to(const char *file) {
    char *path = memory_text(file);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    free(path);
}

__attribute__((unused)) static void put_bytes(const char *path, const void *bytes, size_t count) {
    make_folders_to(path);
    FILE *file = fopen(path, "wb");
    PROMISE(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0, "%s", path);
}

__attribute__((unused)) static uint8_t *get_bytes(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    PROMISE(file, "%s", path);
    uint8_t *bytes = memory_new(1 << 22, 1);
    *count = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    return bytes;
}

/* Write the first `count` bytes of `from` to `to`. */
__attribute__((unused)) static void put_truncated(const char *from, const char *to, size_t count) {
    size_t size;
    uint8_t *bytes = get_bytes(from, &size);
    put_bytes(to, bytes, count < size ? count : size);
    free(bytes);
}

/* An image that is different for every seed: smooth blobs and noise, three channels. */
__attribute__((unused)) static Image scene_image(int width, int height, uint64_t seed) {
    Image image = image_new(width, height, 3);
    Random random = random_stream(seed, 1, 2, 3);
    double centre[12][4];
    for (int k = 0; k < 12; k++) {
        centre[k][0] = random_uniform(&random) * width;
        centre[k][1] = random_uniform(&random) * height;
        centre[k][2] = random_between(&random, 0.05, 0.15) * width;
        centre[k][3] = random_between(&random, -60, 60);
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double value = 120 + random_between(&random, -10, 10);
            for (int k = 0; k < 12; k++) {
                const double u = (x - centre[k][0]) / centre[k][2];
                const double v = (y - centre[k][1]) / centre[k][2];
                value += u * u + v * v < 1 ? centre[k][3] : 0;
            }
            for (int c = 0; c < 3; c++)
                image.pixels[3 * ((size_t)y * (size_t)width + (size_t)x) + (size_t)c] =
                    (uint8_t)(value < 0     ? 0
                              : value > 255 ? 255
                                            : value);
        }
    return image;
}

/* Labels: all 0 but a rectangle of `label` in the middle. */
__attribute__((unused)) static Image box_labels(int width, int height, int label) {
    Image labels = image_new(width, height, 1);
    for (int y = height / 3; y < 2 * height / 3 + 1 && y < height; y++)
        for (int x = width / 3; x < 2 * width / 3 + 1 && x < width; x++)
            labels.pixels[(size_t)y * (size_t)width + (size_t)x] = (uint8_t)label;
    return labels;
}

typedef struct Bytes {
    uint8_t *data;
    size_t count, room;
} Bytes;

__attribute__((unused)) static void append_bytes(void *context, void *data, int count) {
    Bytes *bytes = context;
    if (bytes->count + (size_t)count > bytes->room) {
        bytes->room = 2 * (bytes->count + (size_t)count);
        bytes->data = realloc(bytes->data, bytes->room);
        PROMISE(bytes->data, "out of memory");
    }
    memcpy(bytes->data + bytes->count, data, (size_t)count);
    bytes->count += (size_t)count;
}

__attribute__((unused)) static void put_jpeg(const char *path, const Image *image, int quality) {
    Bytes bytes = { 0 };
    PROMISE(stbi_write_jpg_to_func(append_bytes, &bytes, image->width, image->height,
                                   image->channels, image->pixels, quality),
            "%s", path);
    put_bytes(path, bytes.data, bytes.count);
    free(bytes.data);
}

__attribute__((unused)) static void put_png(const char *path, const Image *image) {
    Error error = { "" };
    make_folders_to(path);
    PROMISE(image_write_png(path, image, &error), "%s", error.text);
}

/* Write an image of the scene `seed` as JPEG to `image` and its mask to `mask` (NULL: none). */
__attribute__((unused)) static void put_sample(const char *image, const char *mask, uint64_t seed,
                                               int label) {
    Image picture = scene_image(40, 32, seed), labels = box_labels(40, 32, label);
    put_jpeg(image, &picture, 90);
    if (mask) put_png(mask, &labels);
    image_free(&picture);
    image_free(&labels);
}

/* --- PNG by hand, for depths and colour types that the writer does not support --- */

static void append_word(Bytes *bytes, uint32_t word) {
    uint8_t four[4] = { (uint8_t)(word >> 24), (uint8_t)(word >> 16), (uint8_t)(word >> 8),
                        (uint8_t)word };
    append_bytes(bytes, four, 4);
}

static void append_chunk(Bytes *bytes, const char *type, const uint8_t *data, size_t count) {
    append_word(bytes, (uint32_t)count);
    const size_t start = bytes->count;
    append_bytes(bytes, (void *)type, 4);
    if (count) append_bytes(bytes, (void *)data, (int)count);
    uint32_t crc = 0xffffffffu;
    for (size_t i = start; i < bytes->count; i++) {
        crc ^= bytes->data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    append_word(bytes, ~crc);
}

/* rows: packed samples, row after row, `stride` bytes each; palette: `colours` RGB triples. */
__attribute__((unused)) static void put_raw_png(const char *path, int width, int height, int depth,
                                                int type, const uint8_t *rows, int stride,
                                                const uint8_t *palette, int colours) {
    Bytes file = { 0 }, header = { 0 }, data = { 0 }, raw = { 0 };
    append_bytes(&file, "\x89PNG\r\n\x1a\n", 8);
    append_word(&header, (uint32_t)width);
    append_word(&header, (uint32_t)height);
    append_bytes(&header, (uint8_t[5]){ (uint8_t)depth, (uint8_t)type, 0, 0, 0 }, 5);
    append_chunk(&file, "IHDR", header.data, header.count);
    if (palette) append_chunk(&file, "PLTE", palette, 3 * (size_t)colours);
    for (int y = 0; y < height; y++) {
        append_bytes(&raw, (uint8_t[1]){ 0 }, 1);
        append_bytes(&raw, (void *)(rows + (size_t)y * (size_t)stride), stride);
    }
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < raw.count; i++) {
        a = (a + raw.data[i]) % 65521;
        b = (b + a) % 65521;
    }
    const uint16_t size = (uint16_t)raw.count; /* one stored block of deflate */
    append_bytes(&data,
                 (uint8_t[7]){ 0x78, 1, 1, (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)~size,
                               (uint8_t)(~size >> 8) },
                 7);
    append_bytes(&data, raw.data, (int)raw.count);
    append_word(&data, b << 16 | a);
    append_chunk(&file, "IDAT", data.data, data.count);
    append_chunk(&file, "IEND", NULL, 0);
    put_bytes(path, file.data, file.count);
    free(file.data);
    free(header.data);
    free(data.data);
    free(raw.data);
}

#endif
