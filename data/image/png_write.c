/* png_write.c - filters, compresses and writes the rows of an image. */
#include "data/image/png_write.h"

#include "data/image/crc32.h"
#include "data/image/deflate.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE_MAX = 8 << 20, FILTERS = 5 };

typedef struct Writer {
    const Image *image;
    const PngPalette *palette; /* or NULL */
    PngSink sink;
    void *context;
    Deflate *deflate;
    uint8_t *piece; /* compressed bytes not yet written */
    size_t piece_room, piece_count;
    bool split;        /* a piece has been written */
    uint8_t *rows[2];  /* the current row with its best filter, and with the one being tried; each
                          after its filter byte */
    uint8_t *no_above; /* zeros: the row above the first */
} Writer;

static void put_big_endian(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i));
}

void png_write_chunk(const char *type, const uint8_t *bytes, size_t count, PngSink sink,
                     void *context) {
    uint8_t number[4];
    Crc32 crc;
    crc32_begin(&crc);
    crc32_add(&crc, (const uint8_t *)type, 4);
    if (count > 0) crc32_add(&crc, bytes, count);
    put_big_endian(number, (uint32_t)count);
    sink(context, number, 4);
    sink(context, (const uint8_t *)type, 4);
    if (count > 0) sink(context, bytes, count);
    put_big_endian(number, crc32_value(&crc));
    sink(context, number, 4);
}

/* ---- Rows ---- */

static size_t row_bytes(const Image *image) {
    return (size_t)image->width * (size_t)image->channels;
}

static uint8_t paeth(int left, int above, int corner) {
    const int p = left + above - corner;
    const int a = abs(p - left), b = abs(p - above), c = abs(p - corner);
    return (uint8_t)(a <= b && a <= c ? left : b <= c ? above : corner);
}

/* A row's bytes minus the filter's prediction from their neighbours; the pixel to the left is
 * `step` bytes back. */
static void apply_filter(int filter, const uint8_t *row, const uint8_t *above, size_t count,
                         size_t step, uint8_t *restrict to) {
    switch (filter) {
    case 0:
        memcpy(to, row, count);
        break;
    case 1:
        memcpy(to, row, step);
        for (size_t i = step; i < count; i++) to[i] = (uint8_t)(row[i] - row[i - step]);
        break;
    case 2:
        for (size_t i = 0; i < count; i++) to[i] = (uint8_t)(row[i] - above[i]);
        break;
    case 3:
        for (size_t i = 0; i < step; i++) to[i] = (uint8_t)(row[i] - above[i] / 2);
        for (size_t i = step; i < count; i++)
            to[i] = (uint8_t)(row[i] - (row[i - step] + above[i]) / 2);
        break;
    default:
        for (size_t i = 0; i < step; i++) to[i] = (uint8_t)(row[i] - above[i]);
        for (size_t i = step; i < count; i++)
            to[i] = (uint8_t)(row[i] - paeth(row[i - step], above[i], above[i - step]));
    }
}

/* The cost is the sum of absolute differences: small differences compress well. */
static int64_t cost_of(const uint8_t *bytes, size_t count) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += bytes[i] < 128 ? bytes[i] : 256 - bytes[i];
    return sum;
}

/* The row by its cheapest filter, the first of equals, in rows[0]. */
static void filter_row(Writer *writer, int y) {
    const size_t count = row_bytes(writer->image), step = (size_t)writer->image->channels;
    const uint8_t *row = writer->image->pixels + (size_t)y * count;
    const uint8_t *above = y > 0 ? row - count : writer->no_above;
    int64_t least = INT64_MAX;
    for (int filter = 0; filter < FILTERS; filter++) {
        apply_filter(filter, row, above, count, step, writer->rows[1] + 1);
        const int64_t cost = cost_of(writer->rows[1] + 1, count);
        if (cost >= least) continue;
        least = cost;
        uint8_t *best = writer->rows[1];
        best[0] = (uint8_t)filter;
        writer->rows[1] = writer->rows[0];
        writer->rows[0] = best;
    }
}

/* ---- Pieces ---- */

static void send_piece(Writer *writer) {
    png_write_chunk("IDAT", writer->piece, writer->piece_count, writer->sink, writer->context);
    writer->piece_count = 0;
}

static void take_compressed(void *context, const uint8_t *bytes, size_t count) {
    Writer *writer = context;
    while (count > 0) {
        const size_t room = writer->piece_room - writer->piece_count;
        const size_t part = count < room ? count : room;
        memcpy(writer->piece + writer->piece_count, bytes, part);
        writer->piece_count += part;
        bytes += part;
        count -= part;
        if (writer->piece_count < writer->piece_room) continue;
        send_piece(writer);
        writer->split = true;
    }
}

static void compress_rows(Writer *writer, bool stored) {
    deflate_begin(writer->deflate, stored, take_compressed, writer);
    for (int y = 0; y < writer->image->height; y++) {
        filter_row(writer, y);
        deflate_write(writer->deflate, writer->rows[0], 1 + row_bytes(writer->image));
    }
    deflate_end(writer->deflate);
}

/* Compression enlarges noise. While all of the image is still in one piece, store it instead. */
static void write_rows(Writer *writer) {
    const size_t raw = (size_t)writer->image->height * (1 + row_bytes(writer->image));
    const size_t checksum = 4, block = 32767;
    compress_rows(writer, false);
    if (!writer->split &&
        writer->piece_count > raw + 2 + (raw + block - 1) / block * 5 + checksum) {
        writer->piece_count = 0;
        compress_rows(writer, true);
    }
    if (writer->piece_count > 0) send_piece(writer);
}

static void write_header(const Writer *writer) {
    enum { INDEXED = 3 };
    static const uint8_t types[] = { 0, 0, 4, 2, 6 };
    const PngPalette *palette = writer->palette;
    uint8_t header[13] = { [8] = 8, [9] = palette ? INDEXED : types[writer->image->channels] };
    put_big_endian(header, (uint32_t)writer->image->width);
    put_big_endian(header + 4, (uint32_t)writer->image->height);
    writer->sink(writer->context, (const uint8_t *)"\x89PNG\r\n\x1a\n", 8);
    png_write_chunk("IHDR", header, sizeof header, writer->sink, writer->context);
    if (palette)
        png_write_chunk("PLTE", palette->colours[0], 3 * (size_t)palette->count, writer->sink,
                        writer->context);
}

bool png_write_image(const Image *image, const PngPalette *palette, PngSink sink, void *context) {
    if (!image->pixels) return false;
    PROMISE(image->channels >= 1 && image->channels <= (palette ? 1 : 4), "a PNG of %d channels",
            image->channels);
    const size_t row = 1 + row_bytes(image);
    const size_t all = (size_t)image->height * row * 9 / 8 + 64; /* a byte takes at most 9 bits */
    Writer writer = { .image = image, .palette = palette, .sink = sink, .context = context };
    writer.piece_room = all < PIECE_MAX ? all : PIECE_MAX;
    writer.deflate = malloc(sizeof *writer.deflate);
    writer.piece = malloc(writer.piece_room);
    writer.rows[0] = malloc(row);
    writer.rows[1] = malloc(row);
    writer.no_above = calloc(row, 1);
    const bool good =
        writer.deflate && writer.piece && writer.rows[0] && writer.rows[1] && writer.no_above;
    if (good) {
        write_header(&writer);
        write_rows(&writer);
    }
    free(writer.deflate);
    free(writer.piece);
    free(writer.rows[0]);
    free(writer.rows[1]);
    free(writer.no_above);
    return good;
}
