/* bmp_read.c - reads uncompressed BMP files as Windows defines them: palettes of 1, 4 and 8 bits,
 * colours of 16, 24 and 32. The header determines the exact size of the file. */
#include "data/image/byte_order.h"
#include "data/image/image_format.h"

#include <stdlib.h>

enum {
    FILE_HEADER = 14,
    OLD_HEADER = 12, /* the OS/2 header: 16-bit sizes, palettes of three bytes */
    MASKS_AT = FILE_HEADER + 40,
    COMPRESSION_NONE = 0,
    COMPRESSION_MASKS = 3
};

/* The bits of one colour in a pixel: `bits` of them from `shift` up. */
typedef struct Field {
    uint32_t mask;
    int shift, bits;
} Field;

typedef struct Header {
    int64_t width, height;
    bool top_down;
    int bits; /* of a pixel */
    size_t offset, stride;
    Field fields[3]; /* red, green, blue; of 16 and 32 bits */
    const uint8_t *palette;
    int colours, colour_bytes;
} Header;

static bool matches(const uint8_t *bytes, size_t count) {
    return count >= 2 && bytes[0] == 'B' && bytes[1] == 'M';
}

static bool damaged(const ImageFile *file, Error *error, const char *what) {
    return error_set(error, "%s: damaged BMP: %s", file->path, what);
}

static bool field_of(uint32_t mask, Field *field) {
    *field = (Field){ mask, 0, 0 };
    if (mask == 0) return false;
    while (!(mask >> field->shift & 1)) field->shift++;
    while (field->shift + field->bits < 32 && mask >> field->shift >> field->bits & 1)
        field->bits++;
    return field->bits <= 8 && (uint64_t)mask >> field->shift == (1u << field->bits) - 1;
}

/* Colours between the headers and the pixels; the header may say that fewer are used. */
static void find_palette(const ImageFile *file, size_t size, Header *header) {
    const bool old = size == OLD_HEADER;
    const size_t at = FILE_HEADER + size;
    const uint32_t used = old ? 0 : little_endian_32(file->bytes + FILE_HEADER + 32);
    const size_t most = (size_t)1 << header->bits;
    header->colour_bytes = old ? 3 : 4;
    const size_t room = (header->offset - at) / (size_t)header->colour_bytes;
    size_t colours = used && used < most ? used : most;
    if (colours > room) colours = room;
    header->palette = file->bytes + at;
    header->colours = (int)colours;
}

static bool find_fields(const ImageFile *file, uint32_t compression, Header *header, Error *error) {
    static const uint32_t usual[2][3] = { { 31u << 10, 31u << 5, 31u },
                                          { 0xff0000, 0xff00, 0xff } };
    for (int i = 0; i < 3; i++) {
        const uint32_t mask = compression == COMPRESSION_MASKS
                                  ? little_endian_32(file->bytes + MASKS_AT + 4 * i)
                                  : usual[header->bits == 32][i];
        if (!field_of(mask, &header->fields[i]))
            return error_set(error, "%s: a BMP with the colour mask %08x; expected up to 8 bits",
                             file->path, mask);
    }
    return true;
}

static bool find_colours(const ImageFile *file, size_t size, uint32_t compression, Header *header,
                         Error *error) {
    switch (header->bits) {
    case 1:
    case 4:
    case 8:
        find_palette(file, size, header);
        return true;
    case 16:
    case 32:
        return find_fields(file, compression, header, error);
    case 24:
        return true;
    default:
        return damaged(file, error, "bits per pixel that no BMP has");
    }
}

/* false with an error, or with *cut set because the header is incomplete. */
static bool parse_header(const ImageFile *file, Header *header, bool *cut, Error *error) {
    const uint8_t *bytes = file->bytes, *info = bytes + FILE_HEADER;
    *header = (Header){ 0 };
    *cut = file->count < FILE_HEADER + OLD_HEADER;
    if (*cut) return false;
    const size_t size = little_endian_32(info);
    const bool old = size == OLD_HEADER;
    if (!old && size != 40 && size != 52 && size != 56 && size != 108 && size != 124)
        return error_set(error, "%s: a BMP with an unknown header of %zu bytes", file->path, size);
    *cut = file->count < FILE_HEADER + size;
    if (*cut) return false;
    header->offset = little_endian_32(bytes + 10);
    header->width = old ? little_endian_16(info + 4) : (int32_t)little_endian_32(info + 4);
    header->height = old ? little_endian_16(info + 6) : (int32_t)little_endian_32(info + 8);
    header->bits = little_endian_16(info + (old ? 10 : 14));
    const uint32_t compression = old ? 0 : little_endian_32(info + 16);
    header->top_down = header->height < 0;
    if (header->top_down) header->height = -header->height;
    const bool masks =
        compression == COMPRESSION_MASKS && (header->bits == 16 || header->bits == 32);
    if (compression != COMPRESSION_NONE && !masks)
        return error_set(error, "%s: a compressed BMP (kind %u); expected an uncompressed one",
                         file->path, compression);
    *cut = masks && file->count < MASKS_AT + 12;
    if (*cut) return false;
    if (header->offset < FILE_HEADER + size)
        return damaged(file, error, "its pixels begin inside its header");
    header->stride = (size_t)((header->width * header->bits + 31) / 32 * 4);
    return find_colours(file, size, compression, header, error);
}

/* The padding of the last row may be missing. */
static bool is_long_enough(const ImageFile *file, const Header *header, size_t whole,
                           Error *error) {
    const size_t row = (size_t)((header->width * header->bits + 7) / 8);
    const size_t needed = header->offset + header->stride * (size_t)(header->height - 1) + row;
    return whole >= needed ||
           error_set(error, "%s: truncated BMP: %zu bytes; %lld x %lld pixels of %d bits need %zu",
                     file->path, whole, (long long)header->width, (long long)header->height,
                     header->bits, needed);
}

static bool read_header(ImageFile *file, size_t whole, Error *error) {
    Header header;
    bool cut;
    if (!parse_header(file, &header, &cut, error))
        return cut ? error_set(error, "%s: truncated BMP: %zu bytes", file->path, whole) : false;
    if (!image_file_accept_size(file, header.width, header.height, error) ||
        !is_long_enough(file, &header, whole, error))
        return false;
    file->width = (int)header.width;
    file->height = (int)header.height;
    return true;
}

static bool check(ImageFile *file, Error *error) {
    const size_t stated = little_endian_32(file->bytes + 2);
    return stated <= file->count ||
           error_set(error, "%s: truncated BMP: %zu bytes of the %zu its header states", file->path,
                     file->count, stated);
}

/* ---- Decoding ---- */

/* A field as 8 bits: its own bits are repeated, so that all ones give 255. */
static uint8_t field_value(const Field *field, uint32_t pixel) {
    unsigned value = (pixel & field->mask) >> field->shift << (8 - field->bits);
    for (int bits = field->bits; bits < 8; bits *= 2) value |= value >> bits;
    return (uint8_t)value;
}

/* The colour of pixel x of a row; false where the palette has none. */
static bool colour_at(const Header *header, const uint8_t *row, int64_t x, uint8_t colour[3],
                      int *index) {
    const int bits = header->bits;
    if (bits <= 8) {
        *index = row[x * bits / 8] >> (8 - bits - (int)(x * bits % 8)) & ((1 << bits) - 1);
        if (*index >= header->colours) return false;
        const uint8_t *entry = header->palette + (size_t)*index * (size_t)header->colour_bytes;
        for (int c = 0; c < 3; c++) colour[c] = entry[2 - c];
    } else if (bits == 24) {
        for (int c = 0; c < 3; c++) colour[c] = row[3 * x + 2 - c];
    } else {
        const uint32_t pixel =
            bits == 16 ? little_endian_16(row + 2 * x) : little_endian_32(row + 4 * x);
        for (int c = 0; c < 3; c++) colour[c] = field_value(&header->fields[c], pixel);
    }
    return true;
}

static bool decode(const ImageFile *file, int channels, Image *image, Error *error) {
    Header header;
    bool cut;
    *image = (Image){ 0 };
    if (!parse_header(file, &header, &cut, error) ||
        !image_allocate(image, file->width, file->height, channels, file->path, error))
        return false;
    uint8_t *to = image->pixels;
    for (int64_t y = 0; y < header.height; y++) {
        const int64_t from = header.top_down ? y : header.height - 1 - y;
        const uint8_t *row = file->bytes + header.offset + (size_t)from * header.stride;
        for (int64_t x = 0; x < header.width; x++, to += channels) {
            uint8_t colour[3];
            int index = 0;
            if (!colour_at(&header, row, x, colour, &index)) {
                image_free(image);
                return error_set(error, "%s: damaged BMP: colour %d of a palette of %d", file->path,
                                 index, header.colours);
            }
            if (channels == 1)
                to[0] = (uint8_t)image_grey(colour[0], colour[1], colour[2]);
            else
                for (int c = 0; c < 3; c++) to[c] = colour[c];
        }
    }
    return true;
}

static bool decode_labels(const ImageFile *file, Image *image, Error *error) {
    return decode(file, 3, image, error) && image_reduce_to_labels(file->path, image, error);
}

const ImageFormat image_format_bmp = { "BMP", matches, read_header, check, decode, decode_labels };
