#include "data/image_file.h"

#include "data/allocate.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { FILE_BYTES_MAX = 1 << 30 };

bool image_file_read(const char *path, uint8_t **bytes, size_t *count, Error *error) {
    struct stat status;
    if (stat(path, &status) != 0) return error_set(error, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, "%s: not a regular file; expected an image", path);
    if (status.st_size == 0) return error_set(error, "%s: the file is empty", path);
    if (status.st_size > FILE_BYTES_MAX)
        return error_set(error, "%s: %lld bytes; expected an image of at most %d", path,
                         (long long)status.st_size, FILE_BYTES_MAX);
    FILE *file = fopen(path, "rb");
    if (!file && errno == ENOMEM) return error_no_memory(error, "%s: cannot be opened", path);
    if (!file) return error_set(error, "%s: %s", path, strerror(errno));
    *count = (size_t)status.st_size;
    *bytes = malloc(*count);
    if (!*bytes) {
        fclose(file);
        return error_no_memory(error, "%s: its %zu bytes", path, *count);
    }
    const size_t got = fread(*bytes, 1, *count, file);
    fclose(file);
    if (got == *count) return true;
    free(*bytes);
    *bytes = NULL;
    return error_set(error, "%s: read %zu of %zu bytes", path, got, *count);
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The CRC-32 of the PNG specification (annex D), four bits at a time. */
static uint32_t crc32(const uint8_t *bytes, size_t count) {
    uint32_t table[16], crc = 0xffffffffu;
    for (uint32_t n = 0; n < 16; n++) {
        table[n] = n;
        for (int bit = 0; bit < 4; bit++)
            table[n] = table[n] & 1 ? 0xedb88320u ^ table[n] >> 1 : table[n] >> 1;
    }
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        crc = table[crc & 15] ^ crc >> 4;
        crc = table[crc & 15] ^ crc >> 4;
    }
    return ~crc;
}

static bool png_is_complete(const char *path, const uint8_t *bytes, size_t count, Error *error) {
    size_t at = 8;
    while (at + 12 <= count) {
        const uint8_t *chunk = bytes + at;
        const size_t length = big_endian(chunk);
        if (length > count - at - 12) break;
        if (crc32(chunk + 4, length + 4) != big_endian(chunk + 8 + length))
            return error_set(error, "%s: damaged PNG: chunk %.4s at byte %zu fails its checksum",
                             path, (const char *)chunk + 4, at);
        if (!memcmp(chunk + 4, "IEND", 4)) return true;
        at += 12 + length;
    }
    return error_set(error, "%s: truncated PNG: %zu bytes and no IEND chunk", path, count);
}

/* Entropy-coded data runs to the next marker that is neither a stuffed zero nor a restart. */
static size_t jpeg_skip_scan(const uint8_t *bytes, size_t at, size_t count) {
    for (; at + 1 < count; at++) {
        const uint8_t next = bytes[at + 1];
        if (bytes[at] == 0xff && next != 0x00 && next != 0xff && (next < 0xd0 || next > 0xd7))
            return at;
    }
    return count;
}

/* Whether the Huffman tables of one DHT segment (its length and what follows) hold at most 256
 * codes each: the decoder of stb_image before 2.28 writes past its table where they state more. */
static bool huffman_tables_are_sane(const uint8_t *segment, size_t length) {
    for (size_t at = 2; at < length;) {
        size_t codes = 0;
        if (at + 17 > length) return false;
        for (int i = 1; i <= 16; i++) codes += segment[at + (size_t)i];
        if (codes > 256) return false;
        at += 17 + codes;
    }
    return true;
}

static bool jpeg_is_complete(const char *path, const uint8_t *bytes, size_t count, Error *error) {
    size_t at = 2;
    bool scanned = false;
    while (at + 1 < count) {
        if (bytes[at] != 0xff)
            return error_set(error, "%s: damaged JPEG: no marker at byte %zu", path, at);
        const uint8_t marker = bytes[at + 1];
        if (marker == 0xff) { /* fill byte */
            at++;
            continue;
        }
        at += 2;
        if (marker == 0xd9) {
            if (scanned) return true;
            return error_set(error, "%s: damaged JPEG: it ends before any picture data", path);
        }
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue;
        if (at + 2 > count) break;
        const size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];
        if (length < 2 || length > count - at) break;
        if (marker == 0xc4 && !huffman_tables_are_sane(bytes + at, length))
            return error_set(error, "%s: damaged JPEG: bad Huffman table at byte %zu", path, at);
        at += length;
        if (marker == 0xda) {
            scanned = true;
            at = jpeg_skip_scan(bytes, at, count);
        }
    }
    return error_set(error, "%s: truncated JPEG: %zu bytes and no end-of-image marker", path,
                     count);
}

static bool bmp_is_complete(const char *path, const uint8_t *bytes, size_t count, Error *error) {
    if (count < 26) return error_set(error, "%s: truncated BMP: %zu bytes", path, count);
    const size_t stated =
        (size_t)bytes[5] << 24 | (size_t)bytes[4] << 16 | (size_t)bytes[3] << 8 | bytes[2];
    if (stated > count)
        return error_set(error, "%s: truncated BMP: %zu bytes of the %zu its header states", path,
                         count, stated);
    return true;
}

bool image_file_is_png(const uint8_t *bytes, size_t count) {
    return count >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8);
}

bool image_file_is_complete(const char *path, const uint8_t *bytes, size_t count, Error *error) {
    if (image_file_is_png(bytes, count)) return png_is_complete(path, bytes, count, error);
    if (count >= 2 && bytes[0] == 0xff && bytes[1] == 0xd8)
        return jpeg_is_complete(path, bytes, count, error);
    if (count >= 2 && bytes[0] == 'B' && bytes[1] == 'M')
        return bmp_is_complete(path, bytes, count, error);
    return error_set(error, "%s: not an image; expected PNG, JPEG or BMP", path);
}
