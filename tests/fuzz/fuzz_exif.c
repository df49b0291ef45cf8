/* fuzz_exif.c - EXIF blocks. The bytes are the block of a JPEG (first byte even) or PNG (odd) with
 * correct pixels. The image must stay readable whatever its EXIF block contains. */
#include "data/image/image.h"
#include "tests/fuzz/checksum.h"
#include "tests/fuzz/fuzz.h"

#include <stb/stb_image_write.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 5, HEIGHT = 3, BYTES_MAX = 60000, ROOM = BYTES_MAX + 4096 };

typedef struct File {
    uint8_t bytes[ROOM];
    size_t count;
} File;

static void append(void *context, void *bytes, int count) {
    File *file = context;
    memcpy(file->bytes + file->count, bytes, (size_t)count);
    file->count += (size_t)count;
}

static void encode(File *file, bool png) {
    uint8_t pixels[HEIGHT * WIDTH * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(5 * i);
    file->count = 0;
    if (png)
        stbi_write_png_to_func(append, file, WIDTH, HEIGHT, 3, pixels, 0);
    else
        stbi_write_jpg_to_func(append, file, WIDTH, HEIGHT, 3, pixels, 90);
}

static void insert(File *file, size_t at, const uint8_t *bytes, size_t count) {
    memmove(file->bytes + at + count, file->bytes + at, file->count - at);
    memcpy(file->bytes + at, bytes, count);
    file->count += count;
}

/* Behind the two bytes that start a JPEG: marker, length, "Exif\0\0", the block. */
static void insert_segment(File *file, const uint8_t *block, size_t count) {
    static uint8_t segment[BYTES_MAX + 10];
    memcpy(segment, "\xff\xe1\0\0Exif\0\0", 10);
    segment[2] = (uint8_t)((count + 8) >> 8);
    segment[3] = (uint8_t)(count + 8);
    memcpy(segment + 10, block, count);
    insert(file, 2, segment, count + 10);
}

/* Behind the signature and the header (8 + 25 bytes) of a PNG. */
static void insert_chunk(File *file, const uint8_t *block, size_t count) {
    static uint8_t chunk[BYTES_MAX + 12];
    big_endian_write(chunk, (uint32_t)count);
    memcpy(chunk + 4, "eXIf", 4);
    memcpy(chunk + 8, block, count);
    big_endian_write(chunk + 8 + count, checksum(chunk + 4, count + 4));
    insert(file, 33, chunk, count + 12);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static File file;
    if (count < 1 || count > BYTES_MAX) return 0;
    const bool png = bytes[0] & 1;
    encode(&file, png);
    (png ? insert_chunk : insert_segment)(&file, bytes + 1, count - 1);
    Image image;
    Error error = { "" };
    const bool good = image_read(fuzz_file(file.bytes, file.count), 3, &image, &error);
    PROMISE(good, "%s", error.text);
    const bool upright = image.width == WIDTH && image.height == HEIGHT;
    PROMISE(upright || (image.width == HEIGHT && image.height == WIDTH), "%d x %d", image.width,
            image.height);
    image_free(&image);
    return 0;
}
