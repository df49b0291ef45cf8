/* png_read.c - reads PNG (ISO/IEC 15948), every depth and colour type, interlaced or not. Rows are
 * decompressed one at a time into the image; transparency is dropped. */
#include "data/image/byte_order.h"
#include "data/image/crc32.h"
#include "data/image/exif.h"
#include "data/image/image_format.h"
#include "data/image/inflate.h"

#include <stdlib.h>
#include <string.h>

enum {
    GREY = 0,
    COLOUR = 2,
    PALETTE = 3,
    GREY_ALPHA = 4,
    COLOUR_ALPHA = 6,
    HEADER_AT = 16,     /* after the signature, a chunk's length and its type */
    BEST_RATIO = 1032,  /* deflate: 258 bytes by two bits */
    SURPLUS_MAX = 65536 /* bytes after the last row that are tolerated, as in libpng */
};

typedef struct Header {
    uint32_t width, height;
    int depth, type, interlaced;
    int channels;
} Header;

typedef struct Chunk {
    const uint8_t *type, *data;
    size_t length;
} Chunk;

static bool matches(const uint8_t *bytes, size_t count) {
    return count >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8);
}

/* The chunk at *at, which moves past it. false if the file ends before the chunk does. */
static bool next_chunk(const ImageFile *file, size_t *at, Chunk *chunk) {
    if (*at + 12 > file->count) return false;
    const uint8_t *bytes = file->bytes + *at;
    const size_t length = big_endian_32(bytes);
    if (length > file->count - *at - 12) return false;
    *chunk = (Chunk){ bytes + 4, bytes + 8, length };
    *at += 12 + length;
    return true;
}

static bool is_type(const Chunk *chunk, const char *type) {
    return !memcmp(chunk->type, type, 4);
}

static bool is_depth_of(int type, int depth) {
    const bool whole = depth == 8 || depth == 16, shallow = depth == 1 || depth == 2 || depth == 4;
    switch (type) {
    case GREY:
        return whole || shallow;
    case PALETTE:
        return depth == 8 || shallow;
    case COLOUR:
    case GREY_ALPHA:
    case COLOUR_ALPHA:
        return whole;
    default:
        return false;
    }
}

static bool parse_header(const ImageFile *file, Header *header, Error *error) {
    static const int channels[7] = { 1, 0, 3, 1, 2, 0, 4 };
    const uint8_t *bytes = file->bytes + HEADER_AT;
    if (memcmp(file->bytes + 8, "\0\0\0\rIHDR", 8) != 0)
        return error_set(error, "%s: damaged PNG: it does not begin with its header", file->path);
    *header = (Header){ .width = big_endian_32(bytes),
                        .height = big_endian_32(bytes + 4),
                        .depth = bytes[8],
                        .type = bytes[9],
                        .interlaced = bytes[12] };
    if (!is_depth_of(header->type, header->depth) || bytes[10] || bytes[11] || bytes[12] > 1)
        return error_set(error,
                         "%s: damaged PNG: depth %d, colour type %d, compression %d, filter "
                         "method %d, interlacing %d",
                         file->path, header->depth, header->type, bytes[10], bytes[11], bytes[12]);
    header->channels = channels[header->type];
    return true;
}

/* ---- Rows ---- */

/* The pixels x0 + i dx, y0 + j dy, in `width` columns and `height` rows. */
typedef struct Pass {
    int x0, y0, dx, dy;
    int width, height;
} Pass;

enum { PASSES = 7 };

/* Pass `index` of Adam7; an image that is not interlaced has only pass 0. */
static Pass pass_of(const Header *header, int index) {
    static const int adam7[PASSES][4] = { { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 },
                                          { 2, 0, 4, 4 }, { 0, 2, 2, 4 }, { 1, 0, 2, 2 },
                                          { 0, 1, 1, 2 } };
    const int width = (int)header->width, height = (int)header->height;
    if (!header->interlaced) return (Pass){ 0, 0, 1, 1, index ? 0 : width, height };
    const int *p = adam7[index];
    Pass pass = { p[0], p[1], p[2], p[3], 0, 0 };
    if (width > p[0]) pass.width = (width - p[0] + p[2] - 1) / p[2];
    if (height > p[1]) pass.height = (height - p[1] + p[3] - 1) / p[3];
    return pass;
}

static size_t row_bytes(const Header *header, const Pass *pass) {
    return ((size_t)pass->width * (size_t)(header->channels * header->depth) + 7) / 8;
}

/* The bytes of all rows, each with its filter byte. */
static size_t bytes_of_rows(const Header *header) {
    size_t sum = 0;
    for (int i = 0; i < PASSES; i++) {
        const Pass pass = pass_of(header, i);
        if (pass.width > 0) sum += (size_t)pass.height * (1 + row_bytes(header, &pass));
    }
    return sum;
}

/* ---- Checking that the file is complete ---- */

static bool is_long_enough(const ImageFile *file, const Header *header, size_t compressed,
                           Error *error) {
    const size_t least = bytes_of_rows(header) / BEST_RATIO;
    return compressed >= least ||
           error_set(error,
                     "%s: truncated PNG: %zu bytes; %u x %u pixels cannot be compressed to less "
                     "than %zu",
                     file->path, compressed, header->width, header->height, least);
}

static bool read_header(ImageFile *file, size_t whole, Error *error) {
    Header header;
    if (file->count < HEADER_AT + 13) return true; /* truncated: check reports it */
    if (!parse_header(file, &header, error) ||
        !image_file_accept_size(file, header.width, header.height, error) ||
        !is_long_enough(file, &header, whole, error))
        return false;
    file->width = (int)header.width;
    file->height = (int)header.height;
    return true;
}

/* What the chunks between header and end contain. */
typedef struct Content {
    size_t compressed; /* bytes of pixels */
    bool oriented;
} Content;

/* Some writers put the JPEG form of the block into the chunk, with its first six bytes. */
static int turn_of(const Chunk *chunk) {
    const size_t skip = chunk->length >= 6 && !memcmp(chunk->data, "Exif\0", 6) ? 6 : 0;
    return exif_turn(chunk->data + skip, chunk->length - skip);
}

static bool take_chunk(ImageFile *file, const Chunk *chunk, Content *content, Error *error) {
    if (is_type(chunk, "IDAT")) {
        content->compressed += chunk->length;
    } else if (is_type(chunk, "eXIf") && !content->oriented) {
        content->oriented = true;
        file->turn = turn_of(chunk);
    } else if (is_type(chunk, "PLTE")) {
        if (chunk->length == 0 || chunk->length % 3 != 0 || chunk->length > 768)
            return error_set(error, "%s: damaged PNG: a palette of %zu bytes", file->path,
                             chunk->length);
    } else if (!(chunk->type[0] & 32) && !is_type(chunk, "IHDR")) {
        return error_set(error, "%s: a PNG with the unknown critical chunk '%.4s'", file->path,
                         (const char *)chunk->type);
    }
    return true;
}

static bool check(ImageFile *file, Error *error) {
    Content content = { 0 };
    Chunk chunk;
    Crc32 crc;
    crc32_begin(&crc);
    for (size_t at = 8, next = 8; next_chunk(file, &next, &chunk); at = next) {
        crc32_again(&crc);
        crc32_add(&crc, chunk.type, chunk.length + 4);
        if (crc32_value(&crc) != big_endian_32(chunk.data + chunk.length))
            return error_set(error, "%s: damaged PNG: chunk %.4s at byte %zu fails its checksum",
                             file->path, (const char *)chunk.type, at);
        if (is_type(&chunk, "IEND")) {
            Header header;
            return parse_header(file, &header, error) &&
                   is_long_enough(file, &header, content.compressed, error);
        }
        if (!take_chunk(file, &chunk, &content, error)) return false;
    }
    return error_set(error, "%s: truncated PNG: %zu bytes and no IEND chunk", file->path,
                     file->count);
}

/* ---- Decoding ---- */

/* The position in the compressed pixels, which are spread over the IDAT chunks. */
typedef struct Source {
    const ImageFile *file;
    size_t at;
} Source;

static bool more_bytes(void *context, const uint8_t **bytes, size_t *count) {
    Source *source = context;
    Chunk chunk;
    for (size_t next = source->at; next_chunk(source->file, &next, &chunk); source->at = next) {
        if (is_type(&chunk, "IEND")) return false; /* and is found again, if asked again */
        if (!is_type(&chunk, "IDAT") || chunk.length == 0) continue;
        *bytes = chunk.data;
        *count = chunk.length;
        source->at = next;
        return true;
    }
    return false;
}

typedef struct Decoder {
    const ImageFile *file;
    Header header;
    Source source;
    Inflate inflate;
    uint8_t *row, *above; /* the row in work and the one before, unfiltered */
    uint16_t *samples;    /* of the row, in the file's depth */
    const uint8_t *palette;
    int colours;
    bool labels;
    Image *image;
} Decoder;

static uint8_t paeth(int left, int above, int corner) {
    const int p = left + above - corner;
    const int a = abs(p - left), b = abs(p - above), c = abs(p - corner);
    return (uint8_t)(a <= b && a <= c ? left : b <= c ? above : corner);
}

/* Undo the filter of a row; the pixel to the left is `step` bytes back. */
static bool unfilter(int filter, uint8_t *row, const uint8_t *above, size_t count, size_t step) {
    const size_t first = step < count ? step : count;
    switch (filter) {
    case 0:
        return true;
    case 1:
        for (size_t i = first; i < count; i++) row[i] = (uint8_t)(row[i] + row[i - step]);
        return true;
    case 2:
        for (size_t i = 0; i < count; i++) row[i] = (uint8_t)(row[i] + above[i]);
        return true;
    case 3:
        for (size_t i = 0; i < first; i++) row[i] = (uint8_t)(row[i] + above[i] / 2);
        for (size_t i = first; i < count; i++)
            row[i] = (uint8_t)(row[i] + (row[i - step] + above[i]) / 2);
        return true;
    case 4:
        for (size_t i = 0; i < first; i++) row[i] = (uint8_t)(row[i] + above[i]);
        for (size_t i = first; i < count; i++)
            row[i] = (uint8_t)(row[i] + paeth(row[i - step], above[i], above[i - step]));
        return true;
    default:
        return false;
    }
}

static void unpack(const Decoder *decoder, size_t count) {
    const int depth = decoder->header.depth;
    const uint8_t *row = decoder->row;
    uint16_t *samples = decoder->samples;
    if (depth == 8)
        for (size_t i = 0; i < count; i++) samples[i] = row[i];
    else if (depth == 16)
        for (size_t i = 0; i < count; i++) samples[i] = big_endian_16(row + 2 * i);
    else
        for (size_t i = 0; i < count; i++) {
            const size_t bit = i * (size_t)depth;
            samples[i] = row[bit / 8] >> (8 - depth - (int)(bit % 8)) & ((1 << depth) - 1);
        }
}

/* A sample of a photograph in 8 bits: shallow ones are stretched to 0..255, deep ones cut. */
static uint8_t to_8_bits(int sample, int depth) {
    if (depth == 8) return (uint8_t)sample;
    return (uint8_t)(depth == 16 ? sample >> 8 : sample * (255 / ((1 << depth) - 1)));
}

static void put_pixel(const Decoder *decoder, const uint16_t *samples, uint8_t *to) {
    const int depth = decoder->header.depth;
    if (decoder->header.type == PALETTE) {
        const uint8_t *colour = decoder->palette + 3 * samples[0];
        if (decoder->image->channels == 1)
            to[0] = (uint8_t)image_grey(colour[0], colour[1], colour[2]);
        else
            memcpy(to, colour, 3);
    } else if (decoder->header.type & COLOUR) {
        if (decoder->image->channels == 1)
            to[0] = to_8_bits(image_grey(samples[0], samples[1], samples[2]), depth);
        else
            for (int c = 0; c < 3; c++) to[c] = to_8_bits(samples[c], depth);
    } else {
        memset(to, to_8_bits(samples[0], depth), (size_t)decoder->image->channels);
    }
}

static bool put_label(const Decoder *decoder, const uint16_t *samples, size_t pixel, Error *error) {
    const char *path = decoder->file->path;
    if ((decoder->header.type & COLOUR) && decoder->header.type != PALETTE &&
        (samples[0] != samples[1] || samples[0] != samples[2]))
        return error_set(error,
                         "%s: a mask in colour (%d,%d,%d at pixel %zu); expected one channel of "
                         "labels, or a classes.txt with lines '#RRGGBB: NAME'",
                         path, samples[0], samples[1], samples[2], pixel);
    if (samples[0] > 255)
        return error_set(error, "%s: a 16-bit mask with the value %d; expected labels below 256",
                         path, samples[0]);
    decoder->image->pixels[pixel] = (uint8_t)samples[0];
    return true;
}

/* Refuse a row that refers to colours beyond the palette. */
static bool has_colours(const Decoder *decoder, int count, Error *error) {
    for (int i = 0; i < count; i++)
        if (decoder->samples[i] >= decoder->colours)
            return error_set(error, "%s: damaged PNG: colour %d of a palette of %d",
                             decoder->file->path, decoder->samples[i], decoder->colours);
    return true;
}

/* Decode rows that are stored in the layout of the image. */
static bool copy_row(const Decoder *decoder, const Pass *pass, int y) {
    const Header *header = &decoder->header;
    const bool alike = (header->type == GREY || (header->type == COLOUR && !decoder->labels)) &&
                       header->channels == decoder->image->channels;
    if (!alike || header->depth != 8 || header->interlaced) return false;
    const size_t count = row_bytes(header, pass);
    memcpy(decoder->image->pixels + (size_t)y * count, decoder->row, count);
    return true;
}

static bool put_row(const Decoder *decoder, const Pass *pass, int y, Error *error) {
    const Header *header = &decoder->header;
    const size_t channels = (size_t)decoder->image->channels;
    if (copy_row(decoder, pass, y)) return true;
    unpack(decoder, (size_t)pass->width * (size_t)header->channels);
    if (header->type == PALETTE && !has_colours(decoder, pass->width, error)) return false;
    for (int i = 0; i < pass->width; i++) {
        const size_t pixel =
            (size_t)(pass->y0 + y * pass->dy) * header->width + (size_t)(pass->x0 + i * pass->dx);
        const uint16_t *samples = decoder->samples + (size_t)i * (size_t)header->channels;
        if (!decoder->labels)
            put_pixel(decoder, samples, decoder->image->pixels + pixel * channels);
        else if (!put_label(decoder, samples, pixel, error))
            return false;
    }
    return true;
}

static bool decode_pass(Decoder *decoder, const Pass *pass, Error *error) {
    const Header *header = &decoder->header;
    const size_t count = row_bytes(header, pass);
    const size_t step = (size_t)(header->channels * header->depth + 7) / 8;
    memset(decoder->above, 0, count);
    for (int y = 0; y < pass->height; y++) {
        uint8_t filter;
        if (inflate_read(&decoder->inflate, &filter, 1) != 1 ||
            inflate_read(&decoder->inflate, decoder->row, count) != count)
            return error_set(
                error, "%s: damaged PNG: its data %s at row %d of %d", decoder->file->path,
                decoder->inflate.failed ? "cannot be decompressed" : "ends", y, pass->height);
        if (!unfilter(filter, decoder->row, decoder->above, count, step))
            return error_set(error, "%s: damaged PNG: row %d of %d has the filter %d",
                             decoder->file->path, y, pass->height, filter);
        if (!put_row(decoder, pass, y, error)) return false;
        uint8_t *row = decoder->row;
        decoder->row = decoder->above;
        decoder->above = row;
    }
    return true;
}

/* Read past the last row. A stream with much more data is not an image's. */
static bool ends_here(Decoder *decoder, Error *error) {
    uint8_t byte;
    for (int i = 0; i < SURPLUS_MAX; i++)
        if (inflate_read(&decoder->inflate, &byte, 1) == 0) return true;
    return error_set(error,
                     "%s: damaged PNG: it decompresses to more than the %zu bytes of %u x %u "
                     "pixels",
                     decoder->file->path, bytes_of_rows(&decoder->header), decoder->header.width,
                     decoder->header.height);
}

static bool find_palette(Decoder *decoder, Error *error) {
    Chunk chunk;
    size_t at = 8;
    while (next_chunk(decoder->file, &at, &chunk) && !is_type(&chunk, "IDAT"))
        if (is_type(&chunk, "PLTE")) {
            decoder->palette = chunk.data;
            decoder->colours = (int)(chunk.length / 3);
        }
    return decoder->header.type != PALETTE || decoder->palette ||
           error_set(error, "%s: damaged PNG: no palette", decoder->file->path);
}

static bool decode_all(Decoder *decoder, Error *error) {
    if (!find_palette(decoder, error)) return false;
    inflate_begin(&decoder->inflate, more_bytes, &decoder->source);
    for (int i = 0; i < PASSES; i++) {
        const Pass pass = pass_of(&decoder->header, i);
        if (pass.width > 0 && !decode_pass(decoder, &pass, error)) return false;
    }
    return ends_here(decoder, error);
}

static bool decode_as(const ImageFile *file, int channels, bool labels, Image *image,
                      Error *error) {
    Decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return error_no_memory(error, "%s: its pixels", file->path);
    decoder->file = file;
    decoder->source = (Source){ file, 8 };
    decoder->labels = labels;
    decoder->image = image;
    bool good = parse_header(file, &decoder->header, error) &&
                image_allocate(image, file->width, file->height, channels, file->path, error);
    if (good) {
        const Pass whole = { .width = file->width, .height = file->height };
        const size_t count = row_bytes(&decoder->header, &whole);
        uint8_t *rows = malloc(2 * count);
        decoder->samples = malloc((size_t)file->width * (size_t)decoder->header.channels *
                                  sizeof *decoder->samples);
        decoder->row = rows;
        decoder->above = rows + (rows ? count : 0);
        good = (rows && decoder->samples) || error_no_memory(error, "%s: its pixels", file->path);
        good = good && decode_all(decoder, error);
        free(rows);
        free(decoder->samples);
    }
    if (!good) image_free(image);
    free(decoder);
    return good;
}

static bool decode(const ImageFile *file, int channels, Image *image, Error *error) {
    return decode_as(file, channels, false, image, error);
}

static bool decode_labels(const ImageFile *file, Image *image, Error *error) {
    return decode_as(file, 1, true, image, error);
}

const ImageFormat image_format_png = { "PNG", matches, read_header, check, decode, decode_labels };
