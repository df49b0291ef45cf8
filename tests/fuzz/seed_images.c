/* seed_images.c - writes small image files of every kind, as seeds of the fuzzers. */
#include "tests/fuzz/checksum.h"
#include "tests/fuzz/seeds.h"

#include <stb/stb_image_write.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 4, HEIGHT = 3, ROOM = 4096 };

typedef struct Bytes {
    uint8_t bytes[ROOM];
    size_t count;
} Bytes;

static void append(void *context, void *bytes, int count) {
    Bytes *to = context;
    memcpy(to->bytes + to->count, bytes, (size_t)count);
    to->count += (size_t)count;
}

static void add_chunk(Bytes *file, const char *kind, const uint8_t *bytes, size_t count) {
    uint8_t *chunk = file->bytes + file->count;
    big_endian_write(chunk, (uint32_t)count);
    memcpy(chunk + 4, kind, 4);
    if (count) memcpy(chunk + 8, bytes, count);
    big_endian_write(chunk + 8 + count, checksum(chunk + 4, count + 4));
    file->count += count + 12;
}

/* A zlib stream (RFC 1950) of one stored block. */
static size_t store(const uint8_t *bytes, size_t count, uint8_t *stream) {
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < count; i++) {
        a = (a + bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    const uint8_t head[] = { 0x78,
                             0x01,
                             0x01,
                             (uint8_t)count,
                             (uint8_t)(count >> 8),
                             (uint8_t)~count,
                             (uint8_t)(~count >> 8) };
    memcpy(stream, head, sizeof head);
    memcpy(stream + sizeof head, bytes, count);
    big_endian_write(stream + sizeof head + count, b << 16 | a);
    return sizeof head + count + 4;
}

static void seed_png(int depth, int colour, int channels, bool interlaced) {
    const size_t row = 1 + ((size_t)WIDTH * (size_t)channels * (size_t)depth + 7) / 8;
    uint8_t header[13] = { 0 }, rows[256], stream[300];
    Bytes file = { .count = 8 };
    char name[40];
    memcpy(file.bytes, "\x89PNG\r\n\x1a\n", 8);
    big_endian_write(header, WIDTH);
    big_endian_write(header + 4, HEIGHT);
    header[8] = (uint8_t)depth;
    header[9] = (uint8_t)colour;
    header[12] = interlaced;
    add_chunk(&file, "IHDR", header, sizeof header);
    if (colour == 3) add_chunk(&file, "PLTE", (const uint8_t *)"aaabbbcccddd", 12);
    for (size_t i = 0; i < sizeof rows; i++) rows[i] = i % row == 0 ? (uint8_t)(i / row % 5) : 0;
    /* Interlaced rows are in other places; a few more of them than needed do not matter here. */
    const size_t count = store(rows, interlaced ? 2 * HEIGHT * row : HEIGHT * row, stream);
    add_chunk(&file, "IDAT", stream, count);
    add_chunk(&file, "IEND", NULL, 0);
    snprintf(name, sizeof name, "depth_%d_colour_%d%s.png", depth, colour,
             interlaced ? "_interlaced" : "");
    seed("image", name, file.bytes, file.count);
}

void seed_images(void) {
    static const int kinds[][3] = { { 1, 0, 1 },  { 2, 0, 1 }, { 4, 0, 1 },  { 8, 0, 1 },
                                    { 16, 0, 1 }, { 8, 2, 3 }, { 16, 2, 3 }, { 1, 3, 1 },
                                    { 2, 3, 1 },  { 8, 3, 1 }, { 8, 4, 2 },  { 8, 6, 4 } };
    uint8_t pixels[HEIGHT * WIDTH * 3];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (int interlaced = 0; interlaced < 2; interlaced++)
            seed_png(kinds[i][0], kinds[i][1], kinds[i][2], interlaced);
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(7 * i);
    for (int channels = 1; channels <= 3; channels += 2) {
        char name[40];
        Bytes file = { .count = 0 };
        stbi_write_jpg_to_func(append, &file, WIDTH, HEIGHT, channels, pixels, 80);
        snprintf(name, sizeof name, "channels_%d.jpg", channels);
        seed("image", name, file.bytes, file.count);
        file.count = 0;
        stbi_write_bmp_to_func(append, &file, WIDTH, HEIGHT, channels, pixels);
        snprintf(name, sizeof name, "channels_%d.bmp", channels);
        seed("image", name, file.bytes, file.count);
    }
}
