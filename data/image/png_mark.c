/* png_mark.c - appends the mark when a PNG is written, and verifies it by reading the file. */
#include "data/image/png_mark.h"

#include "data/image/crc32.h"
#include "tensor/file_writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    END_BYTES = 12,   /* of the IEND chunk: it holds nothing */
    FRAME_BYTES = 12, /* of any chunk: length, type, checksum */
    TEXT_MAX = sizeof "Software" + PNG_WRITER_MAX + sizeof " 01234567",
    TAIL_MAX = FRAME_BYTES + TEXT_MAX + END_BYTES
};

/* The end of a marked file: the text chunk and the end chunk. */
typedef struct Tail {
    uint8_t bytes[TAIL_MAX];
    size_t count, fixed; /* bytes in all; the first `fixed` do not depend on the checksum */
} Tail;

static void put_number(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A chunk: length, type, content, checksum of type and content. Returns its bytes. */
static size_t put_chunk(uint8_t *to, const char type[4], const char *content, size_t count) {
    Crc32 crc;
    put_number(to, (uint32_t)count);
    memcpy(to + 4, type, 4);
    memcpy(to + 8, content, count);
    crc32_begin(&crc);
    crc32_add(&crc, to + 4, 4 + count);
    put_number(to + 8 + count, crc32_value(&crc));
    return FRAME_BYTES + count;
}

static Tail tail_of(const char *writer, uint32_t checksum) {
    enum { CHECKSUM_BYTES = 8 };
    char text[TEXT_MAX + 1];
    PROMISE(strlen(writer) <= PNG_WRITER_MAX, "the writer %s has too long a name", writer);
    const int length = snprintf(text, sizeof text, "Software%c%s %08x", 0, writer, checksum);
    Tail tail = { .fixed = FRAME_BYTES - 4 + (size_t)length - CHECKSUM_BYTES };
    tail.count = put_chunk(tail.bytes, "tEXt", text, (size_t)length);
    tail.count += put_chunk(tail.bytes + tail.count, "IEND", "", 0);
    return tail;
}

/* ---- Writing ---- */

typedef struct MarkedFile {
    FileWriter file;
    Crc32 crc; /* of all bytes so far */
} MarkedFile;

static void write_bytes(void *context, const uint8_t *bytes, size_t count) {
    MarkedFile *marked = context;
    crc32_add(&marked->crc, bytes, count);
    file_writer_write(&marked->file, bytes, count);
}

bool png_mark_write(const char *path, const Image *image, const PngPalette *palette,
                    const char *writer, Error *error) {
    MarkedFile marked;
    crc32_begin(&marked.crc);
    if (!file_writer_open(&marked.file, path, error)) return false;
    const bool encoded = png_write_image(image, palette, write_bytes, &marked);
    const Tail tail = tail_of(writer, crc32_value(&marked.crc));
    file_writer_write(&marked.file, tail.bytes, tail.count);
    return file_writer_finish(&marked.file, encoded, error) &&
           (encoded || error_no_memory(error, "%s: cannot write", path));
}

/* ---- Verifying ---- */

/* The checksum of the next `count` bytes of the file; false if it has fewer. */
static bool checksum_of(FILE *file, off_t count, uint32_t *checksum) {
    uint8_t bytes[1 << 14];
    Crc32 crc;
    crc32_begin(&crc);
    while (count > 0) {
        const size_t wanted = count < (off_t)sizeof bytes ? (size_t)count : sizeof bytes;
        if (fread(bytes, 1, wanted, file) != wanted) return false;
        crc32_add(&crc, bytes, wanted);
        count -= (off_t)wanted;
    }
    *checksum = crc32_value(&crc);
    return true;
}

/* The end is compared first: few files have a mark, and only those are read whole. */
static bool is_whole(FILE *file, off_t size, const char *writer) {
    Tail tail = tail_of(writer, 0);
    uint8_t found[TAIL_MAX];
    uint32_t checksum;
    const off_t before = size - (off_t)tail.count;
    if (before < 0 || fseeko(file, before, SEEK_SET) != 0 ||
        fread(found, 1, tail.count, file) != tail.count ||
        memcmp(found, tail.bytes, tail.fixed) != 0)
        return false;
    rewind(file);
    if (!checksum_of(file, before, &checksum)) return false;
    tail = tail_of(writer, checksum);
    return memcmp(found, tail.bytes, tail.count) == 0;
}

bool png_mark_is_whole(const char *path, const char *writer) {
    struct stat status;
    /* Opening a pipe without a writer would block. */
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return false;
    FILE *file = fdopen(descriptor, "rb");
    const bool whole = file && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
                       is_whole(file, status.st_size, writer);
    if (file)
        fclose(file);
    else
        close(descriptor);
    return whole;
}
