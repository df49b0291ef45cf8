/* jpeg_read.c - reads baseline and progressive JPEG (ITU T.81). stb_image decodes the pixels. It
 * fills missing data with grey and reports success, so this file first walks the segments, before
 * memory for pixels is allocated, and looks for missing data. */
#include "data/image/byte_order.h"
#include "data/image/exif.h"
#include "data/image/image_format.h"
#include "data/image/jpeg_scan.h"

#define STBI_NO_STDIO
#include <stb/stb_image.h>

#include <stdlib.h>
#include <string.h>

enum {
    COMPONENTS = JPEG_COMPONENTS,
    TABLES = 4,
    SCANS_MAX = 100, /* each costs a pass over all pixels, however short it is */
    MARKER_DEFINE_HUFFMAN = 0xc4,
    MARKER_START = 0xd8,
    MARKER_END = 0xd9,
    MARKER_SCAN = 0xda,
    MARKER_DEFINE_QUANTISATION = 0xdb,
    MARKER_LINES = 0xdc,
    MARKER_RESTART_INTERVAL = 0xdd,
    MARKER_APPLICATION_0 = 0xe0,
    MARKER_APPLICATION_1 = 0xe1,
    MARKER_APPLICATION_15 = 0xef,
    MARKER_COMMENT = 0xfe
};

typedef struct Component {
    int id, across, down, quantisation; /* across, down: sampling factors, 1..4 */
    int64_t blocks, columns, rows;      /* of 8 x 8 samples, without padding */
    bool seen;                          /* some scan contains its DC coefficients */
} Component;

/* What the segments so far have stated. */
typedef struct Walk {
    const char *path;
    int width, height, count; /* of the frame; count: its components */
    bool progressive, oriented;
    int turn;
    Component components[COMPONENTS];
    int most_across, most_down;
    bool quantisation[TABLES];   /* which are defined */
    JpegCode huffman[2][TABLES]; /* 0: DC, 1: AC coefficients */
    int restart_interval;        /* 0: none */
    int scans;
} Walk;

static bool matches(const uint8_t *bytes, size_t count) {
    return count >= 2 && bytes[0] == 0xff && bytes[1] == MARKER_START;
}

static bool damaged(const Walk *walk, Error *error, const char *what) {
    return error_set(error, "%s: damaged JPEG: %s", walk->path, what);
}

static bool is_frame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != MARKER_DEFINE_HUFFMAN && marker != 0xc8 &&
           marker != 0xcc;
}

/* ---- Segments; `bytes` is what follows the length ---- */

/* The number of blocks of one component. */
static void count_blocks(Walk *walk, Component *component) {
    const int64_t width = (int64_t)walk->width * component->across;
    const int64_t height = (int64_t)walk->height * component->down;
    component->columns = (width + 8 * walk->most_across - 1) / (8 * walk->most_across);
    component->rows = (height + 8 * walk->most_down - 1) / (8 * walk->most_down);
    component->blocks = component->columns * component->rows;
}

static bool take_frame(Walk *walk, int marker, const uint8_t *bytes, size_t count, Error *error) {
    if (walk->count) return damaged(walk, error, "a second frame");
    if (marker > 0xc2)
        return error_set(error,
                         "%s: a JPEG of kind %d (lossless, differential or arithmetic); expected "
                         "baseline or progressive",
                         walk->path, marker - 0xc0);
    if (count < 6) return damaged(walk, error, "a short frame header");
    if (bytes[0] != 8)
        return error_set(error, "%s: a JPEG of %d bits; expected 8", walk->path, bytes[0]);
    const int components = bytes[5];
    if ((components != 1 && components != 3 && components != 4) ||
        count != 6 + 3 * (size_t)components)
        return error_set(error, "%s: damaged JPEG: %d components; expected 1, 3 or 4", walk->path,
                         components);
    walk->height = big_endian_16(bytes + 1);
    walk->width = big_endian_16(bytes + 3);
    walk->progressive = marker == 0xc2;
    for (int i = 0; i < components; i++) {
        const uint8_t *b = bytes + 6 + 3 * i;
        Component *c = &walk->components[i];
        *c =
            (Component){ .id = b[0], .across = b[1] >> 4, .down = b[1] & 15, .quantisation = b[2] };
        if (c->across < 1 || c->across > 4 || c->down < 1 || c->down > 4 || b[2] >= TABLES)
            return damaged(walk, error, "bad sampling factors");
        if (c->across > walk->most_across) walk->most_across = c->across;
        if (c->down > walk->most_down) walk->most_down = c->down;
    }
    walk->count = components;
    for (int i = 0; i < components; i++) count_blocks(walk, &walk->components[i]);
    return true;
}

/* A table of more than 256 codes would be written past its end by stb_image before 2.28. */
static bool take_huffman(Walk *walk, const uint8_t *bytes, size_t count, Error *error) {
    for (size_t at = 0; at < count;) {
        size_t codes = 0;
        if (at + 17 > count) return damaged(walk, error, "a short Huffman table");
        for (size_t i = 1; i <= 16; i++) codes += bytes[at + i];
        const int kind = bytes[at] >> 4, table = bytes[at] & 15;
        if (codes > 256 || at + 17 + codes > count || kind > 1 || table >= TABLES ||
            !jpeg_code_make(&walk->huffman[kind][table], bytes + at + 1, bytes + at + 17))
            return damaged(walk, error, "a bad Huffman table");
        at += 17 + codes;
    }
    return true;
}

static bool take_quantisation(Walk *walk, const uint8_t *bytes, size_t count, Error *error) {
    for (size_t at = 0; at < count;) {
        const size_t length = bytes[at] >> 4 ? 129 : 65;
        const int table = bytes[at] & 15;
        if (table >= TABLES || at + length > count)
            return damaged(walk, error, "a bad quantisation table");
        walk->quantisation[table] = true;
        at += length;
    }
    return true;
}

static void take_application_1(Walk *walk, const uint8_t *bytes, size_t count) {
    if (walk->oriented || walk->scans > 0 || count < 6 || memcmp(bytes, "Exif\0", 5) != 0) return;
    walk->oriented = true;
    walk->turn = exif_turn(bytes + 6, count - 6);
}

/* Application data, comments, and the repeated number of lines. Decoders stop at any other marker:
 * most often it is damage in the middle of a scan. */
static bool may_be_skipped(int marker) {
    return (marker >= MARKER_APPLICATION_0 && marker <= MARKER_APPLICATION_15) ||
           marker == MARKER_COMMENT || marker == MARKER_LINES;
}

static bool take_segment(Walk *walk, int marker, const uint8_t *bytes, size_t count, Error *error) {
    if (is_frame(marker)) return take_frame(walk, marker, bytes, count, error);
    switch (marker) {
    case MARKER_DEFINE_HUFFMAN:
        return take_huffman(walk, bytes, count, error);
    case MARKER_DEFINE_QUANTISATION:
        return take_quantisation(walk, bytes, count, error);
    case MARKER_RESTART_INTERVAL:
        if (count != 2) return damaged(walk, error, "a bad restart interval");
        walk->restart_interval = big_endian_16(bytes);
        return true;
    case MARKER_APPLICATION_1:
        take_application_1(walk, bytes, count);
        return true;
    case MARKER_START:
        return damaged(walk, error, "a second beginning");
    default:
        return may_be_skipped(marker) ||
               error_set(error, "%s: damaged JPEG: the unknown marker 0x%02x", walk->path, marker);
    }
}

/* ---- Scans ---- */

/* A scan's header, and the fewest bits that its data need. */
typedef struct Scan {
    Component *components[COMPONENTS];
    JpegScan data;
    int64_t least_bits; /* a code has at least one, and a block at least one code (the first
                           progressive pass) or two (all of a baseline block) */
} Scan;

static bool take_scan_component(Walk *walk, Scan *scan, const uint8_t *bytes, Error *error) {
    const int first = bytes[1] >> 4, second = bytes[1] & 15;
    const JpegScanKind kind = scan->data.kind;
    const bool means = kind == JPEG_SCAN_BASELINE || kind == JPEG_SCAN_MEANS;
    const bool details = kind != JPEG_SCAN_MEANS && kind != JPEG_SCAN_MEAN_BITS;
    Component *component = NULL;
    for (int i = 0; i < walk->count; i++)
        if (walk->components[i].id == bytes[0]) component = &walk->components[i];
    if (!component) return damaged(walk, error, "a scan of an unknown component");
    if (first >= TABLES || second >= TABLES || (means && !walk->huffman[0][first].defined) ||
        (details && !walk->huffman[1][second].defined) ||
        !walk->quantisation[component->quantisation])
        return damaged(walk, error, "a scan whose tables are not there");
    const int index = scan->data.components++;
    scan->components[index] = component;
    scan->data.blocks[index] = component->across * component->down;
    scan->data.means[index] = &walk->huffman[0][first];
    scan->data.details[index] = &walk->huffman[1][second];
    scan->least_bits += component->blocks * (means + (kind == JPEG_SCAN_BASELINE));
    component->seen |= means;
    return true;
}

static JpegScanKind kind_of(const Walk *walk, const uint8_t *band) {
    const bool details = band[0] > 0, further = band[2] >> 4;
    if (!walk->progressive) return JPEG_SCAN_BASELINE;
    if (details) return further ? JPEG_SCAN_DETAIL_BITS : JPEG_SCAN_DETAILS;
    return further ? JPEG_SCAN_MEAN_BITS : JPEG_SCAN_MEANS;
}

/* A scan of one component consists of that component's blocks. A scan of several consists of
 * units: each has, per component, as many blocks as its sampling factors say, with padding. */
static bool take_scan(Walk *walk, const uint8_t *bytes, size_t count, Scan *scan, Error *error) {
    if (!walk->count) return damaged(walk, error, "a scan before the frame");
    if (count < 1 || bytes[0] < 1 || bytes[0] > walk->count || count != 4 + 2 * (size_t)bytes[0])
        return damaged(walk, error, "a bad scan header");
    if (++walk->scans > SCANS_MAX) return damaged(walk, error, "too many scans");
    const uint8_t *band = bytes + 1 + 2 * bytes[0];
    *scan = (Scan){ .data = { .kind = kind_of(walk, band),
                              .first = band[0],
                              .last = band[1],
                              .restart_interval = walk->restart_interval } };
    if (!walk->progressive && (band[0] > 0 || band[2] > 0))
        return damaged(walk, error, "a baseline scan of a part of the coefficients");
    if (walk->progressive && (band[0] > band[1] || band[1] > 63 || (band[0] > 0 && bytes[0] > 1)))
        return damaged(walk, error, "a bad band of coefficients");
    for (int i = 0; i < bytes[0]; i++)
        if (!take_scan_component(walk, scan, bytes + 1 + 2 * i, error)) return false;
    const int64_t across = 8 * walk->most_across, down = 8 * walk->most_down;
    scan->data.units = (walk->width + across - 1) / across * ((walk->height + down - 1) / down);
    if (bytes[0] == 1) {
        scan->data.units = scan->components[0]->blocks;
        scan->data.blocks[0] = 1;
    }
    return true;
}

/* Entropy-coded data end at the next marker that is neither a stuffed zero nor a restart. */
static size_t skip_scan_data(const uint8_t *bytes, size_t at, size_t count) {
    for (; at + 1 < count; at++) {
        const uint8_t next = bytes[at + 1];
        if (bytes[at] != 0xff || next == 0x00 || next == 0xff) continue;
        if (next < 0xd0 || next > 0xd7) return at;
    }
    return count;
}

static bool scan_is_complete(const Walk *walk, const Scan *scan, const uint8_t *bytes, size_t count,
                             Error *error) {
    if ((int64_t)count * 8 < scan->least_bits)
        return error_set(error,
                         "%s: truncated JPEG: a scan of %zu bytes; %d x %d pixels need at least "
                         "%lld",
                         walk->path, count, walk->width, walk->height,
                         (long long)(scan->least_bits + 7) / 8);
    int64_t unit;
    const char *damage = jpeg_scan_damage(&scan->data, bytes, count, &unit);
    return !damage || error_set(error, "%s: damaged JPEG: %s at block %lld of %lld", walk->path,
                                damage, (long long)unit, (long long)scan->data.units);
}

/* ---- The file ---- */

typedef enum Step { STEP_SEGMENT, STEP_END, STEP_CUT } Step;

typedef struct Segment {
    int marker;
    size_t at;            /* of its marker */
    const uint8_t *bytes; /* after the length */
    size_t count;         /* of those */
} Segment;

/* The segment at or after *at, which moves past it. Bytes between segments are skipped, as libjpeg
 * does: zeros, fill bytes, stray restarts. */
static Step next_segment(const ImageFile *file, size_t *at, Segment *segment) {
    const uint8_t *bytes = file->bytes;
    for (; *at + 1 < file->count; ++*at) {
        const int marker = bytes[*at + 1];
        if (bytes[*at] != 0xff || marker <= 0x01 || marker == 0xff) continue;
        if (marker >= 0xd0 && marker <= 0xd7) continue;
        *segment = (Segment){ marker, *at, NULL, 0 };
        *at += 2;
        if (marker == MARKER_END) return STEP_END;
        if (marker == MARKER_START) return STEP_SEGMENT;
        if (*at + 2 > file->count) return STEP_CUT;
        const size_t length = big_endian_16(bytes + *at);
        if (length < 2 || length > file->count - *at) return STEP_CUT;
        segment->bytes = bytes + *at + 2;
        segment->count = length - 2;
        *at += length;
        return STEP_SEGMENT;
    }
    return STEP_CUT;
}

/* stb_image counts bytes in ints: those of the image, and those of the frame's components. */
static bool fits_decoder(const Walk *walk, Error *error) {
    const int bytes = walk->count > 3 ? walk->count : 3; /* of a pixel */
    return (int64_t)walk->width * walk->height * bytes < INT32_MAX ||
           error_set(error, "%s: %d x %d pixels; a JPEG like this may have at most %d megapixels",
                     walk->path, walk->width, walk->height, INT32_MAX / bytes / 1000000);
}

/* The frame's header may lie beyond the first bytes, after a preview or a colour profile; then
 * `check` checks the size. */
static bool accept_walk(ImageFile *file, const Walk *walk, size_t whole, Error *error) {
    if (!image_file_accept_size(file, walk->width, walk->height, error) ||
        !fits_decoder(walk, error))
        return false;
    int64_t blocks = 0;
    for (int i = 0; i < walk->count; i++) blocks += walk->components[i].blocks;
    const int64_t least = blocks * (walk->progressive ? 1 : 2) / 8;
    if ((int64_t)whole < least)
        return error_set(error, "%s: truncated JPEG: %zu bytes; %d x %d pixels need at least %lld",
                         file->path, whole, walk->width, walk->height, (long long)least);
    file->width = walk->width;
    file->height = walk->height;
    return true;
}

static bool read_header(ImageFile *file, size_t whole, Error *error) {
    Walk walk = { .path = file->path };
    Segment segment;
    for (size_t at = 2; next_segment(file, &at, &segment) == STEP_SEGMENT;)
        if (is_frame(segment.marker))
            return take_frame(&walk, segment.marker, segment.bytes, segment.count, error) &&
                   accept_walk(file, &walk, whole, error);
    return true;
}

/* Move a segment to `to`, to close gaps between segments: stb_image does not accept them. */
static size_t close_up(ImageFile *file, size_t from, size_t end, size_t to) {
    memmove(file->bytes + to, file->bytes + from, end - from);
    return to + end - from;
}

static bool check_end(ImageFile *file, const Walk *walk, size_t count, Error *error) {
    if (!walk->scans) return damaged(walk, error, "it ends before any image data");
    for (int i = 0; i < walk->count; i++)
        if (!walk->components[i].seen)
            return error_set(error, "%s: damaged JPEG: no data of component %d of %d", walk->path,
                             i + 1, walk->count);
    file->count = count;
    file->turn = walk->turn;
    return true;
}

static bool check(ImageFile *file, Error *error) {
    Walk walk = { .path = file->path };
    Segment segment;
    Scan scan;
    size_t at = 2, kept = 2;
    const size_t count = file->count;
    for (;;) {
        const Step step = next_segment(file, &at, &segment);
        if (step == STEP_CUT)
            return error_set(error, "%s: truncated JPEG: %zu bytes and no end-of-image marker",
                             file->path, count);
        const size_t data = at;
        if (step == STEP_END)
            return check_end(file, &walk, close_up(file, segment.at, at, kept), error);
        if (segment.marker != MARKER_SCAN) {
            if (!take_segment(&walk, segment.marker, segment.bytes, segment.count, error))
                return false;
            if (is_frame(segment.marker) && !accept_walk(file, &walk, count, error)) return false;
        } else {
            if (!take_scan(&walk, segment.bytes, segment.count, &scan, error)) return false;
            at = skip_scan_data(file->bytes, at, count);
            if (at < count && !scan_is_complete(&walk, &scan, file->bytes + data, at - data, error))
                return false;
        }
        kept = close_up(file, segment.at, at, kept);
    }
}

/* An allocation that failed in the decoder is not a fault of the image. */
static bool undecodable(const ImageFile *file, Error *error) {
    const char *reason = stbi_failure_reason();
    if (!strcmp(reason, "outofmem")) return error_no_memory(error, "%s: its pixels", file->path);
    return error_set(error, "%s: damaged JPEG: %s", file->path, reason);
}

/* stb allocates the pixels with calloc, as image_allocate does, so image_free serves both. */
static bool decode(const ImageFile *file, int channels, Image *image, Error *error) {
    int found;
    *image = (Image){ .channels = channels };
    image->pixels = stbi_load_from_memory(file->bytes, (int)file->count, &image->width,
                                          &image->height, &found, channels);
    if (!image->pixels) return undecodable(file, error);
    if (image->width == file->width && image->height == file->height) return true;
    image_free(image);
    return error_set(error, "%s: damaged JPEG: its size is not that of its header", file->path);
}

static bool decode_labels(const ImageFile *file, Image *image, Error *error) {
    return decode(file, 3, image, error) && image_reduce_to_labels(file->path, image, error);
}

const ImageFormat image_format_jpeg = {
    "JPEG", matches, read_header, check, decode, decode_labels
};
