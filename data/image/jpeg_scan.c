/* jpeg_scan.c - walks the Huffman codes of a scan (ITU T.81, annex F.2.2 and G.2). */
#include "data/image/jpeg_scan.h"

#include <string.h>

enum { ZERO_RUN = 0xf0, CODE_MOST = 16, MEAN_BITS_MOST = 15, SURPLUS_BITS = 24 };

static const char blocks_end_early[] = "its blocks end before their data";

bool jpeg_code_make(JpegCode *code, const uint8_t *counts, const uint8_t *symbols) {
    unsigned next = 0;
    int done = 0;
    memset(code, 0, sizeof *code);
    for (int length = 1; length <= CODE_MOST; length++, next <<= 1) {
        const int count = counts[length - 1];
        code->counts[length] = (uint8_t)count;
        if (next + (unsigned)count > 1u << length || done + count > 256) return false;
        for (int i = 0; i < count; i++, next++) {
            code->symbols[done] = symbols[done];
            if (length <= JPEG_FAST_BITS) {
                const int free_bits = JPEG_FAST_BITS - length;
                for (int k = 0; k < 1 << free_bits; k++)
                    code->fast[(next << free_bits) + (unsigned)k] =
                        (uint16_t)(symbols[done] << 4 | length);
            }
            done++;
        }
    }
    code->defined = true;
    return true;
}

typedef struct Reader {
    const uint8_t *next, *end;
    uint64_t bits; /* the next ones, highest first */
    int count;
    int end_of_band_run; /* blocks that have no more coefficients in this band */
    const char *damage;
} Reader;

/* Read up to the next marker; a zero is stuffed after 0xff. */
static void fill(Reader *reader) {
    while (reader->count <= 56 && reader->next < reader->end) {
        const uint8_t byte = reader->next[0];
        if (byte == 0xff) {
            if (reader->end - reader->next < 2 || reader->next[1] != 0) return;
            reader->next++;
        }
        reader->next++;
        reader->bits |= (uint64_t)byte << (56 - reader->count);
        reader->count += 8;
    }
}

static int fail(Reader *reader, const char *damage) {
    if (!reader->damage) reader->damage = damage;
    return 0;
}

static unsigned take_bits(Reader *reader, int count) {
    if (count == 0) return 0;
    if (reader->count < count) fill(reader);
    if (reader->count < count) return (unsigned)fail(reader, "its data end");
    const unsigned value = (unsigned)(reader->bits >> (64 - count));
    reader->bits <<= count;
    reader->count -= count;
    return value;
}

static int take_long_symbol(Reader *reader, const JpegCode *code) {
    int first = 0, index = 0;
    for (int length = 1; length <= CODE_MOST && length <= reader->count; length++) {
        const int bits = (int)(reader->bits >> (64 - length)), count = code->counts[length];
        if (bits - first < count) {
            take_bits(reader, length);
            return code->symbols[index + bits - first];
        }
        index += count;
        first = (first + count) << 1;
    }
    return fail(reader, reader->count < CODE_MOST ? "its data end" : "an unknown code");
}

static int take_symbol(Reader *reader, const JpegCode *code) {
    if (reader->count < CODE_MOST) fill(reader);
    const int entry = code->fast[reader->bits >> (64 - JPEG_FAST_BITS)];
    if (entry == 0 || (entry & 15) > reader->count) return take_long_symbol(reader, code);
    reader->bits <<= entry & 15;
    reader->count -= entry & 15;
    return entry >> 4;
}

static void take_mean(Reader *reader, const JpegCode *code) {
    const int bits = take_symbol(reader, code);
    if (bits > MEAN_BITS_MOST)
        fail(reader, "a mean of too many bits");
    else
        take_bits(reader, bits);
}

/* Runs of zeros and values, from the coefficient `at` to `last`. */
static void take_details(Reader *reader, const JpegCode *code, int at, int last, bool runs) {
    while (at <= last && !reader->damage) {
        const int symbol = take_symbol(reader, code), zeros = symbol >> 4, bits = symbol & 15;
        if (bits == 0 && symbol != ZERO_RUN) {
            if (runs) reader->end_of_band_run = (1 << zeros) - 1 + (int)take_bits(reader, zeros);
            return;
        }
        at += zeros + 1;
        if (bits > 0 && at > last + 1) fail(reader, "more coefficients than a block has");
        take_bits(reader, bits);
    }
}

static void take_block(Reader *reader, const JpegScan *scan, int component) {
    switch (scan->kind) {
    case JPEG_SCAN_BASELINE:
        take_mean(reader, scan->means[component]);
        take_details(reader, scan->details[component], 1, 63, false);
        break;
    case JPEG_SCAN_MEANS:
        take_mean(reader, scan->means[component]);
        break;
    case JPEG_SCAN_MEAN_BITS:
        take_bits(reader, 1);
        break;
    case JPEG_SCAN_DETAILS:
        if (reader->end_of_band_run > 0)
            reader->end_of_band_run--;
        else
            take_details(reader, scan->details[component], scan->first, scan->last, true);
        break;
    case JPEG_SCAN_DETAIL_BITS:
        break;
    }
}

/* Continue after the next restart marker. The decoder searches only three bytes ahead for it: if
 * more data remain, the blocks before were damaged, and the decoder would stop. */
static void restart(Reader *reader) {
    fill(reader);
    const bool surplus = reader->count >= SURPLUS_BITS;
    reader->bits = 0;
    reader->count = reader->end_of_band_run = 0;
    for (; reader->end - reader->next >= 2; reader->next++)
        if (reader->next[0] == 0xff && reader->next[1] >= 0xd0 && reader->next[1] <= 0xd7) {
            reader->next += 2;
            if (surplus) fail(reader, blocks_end_early);
            return;
        }
    fail(reader, "its data end");
}

/* Cameras leave zeros after the last block. The decoder skips any byte but a stuffed one, which it
 * takes for a marker. */
static bool stuffed_byte_is_left(Reader *reader) {
    fill(reader);
    for (const uint8_t *at = reader->next; reader->end - at >= 2; at++)
        if (at[0] == 0xff && at[1] == 0) return true;
    return false;
}

const char *jpeg_scan_damage(const JpegScan *scan, const uint8_t *bytes, size_t count,
                             int64_t *unit) {
    Reader reader = { .next = bytes, .end = bytes + count };
    if (scan->kind == JPEG_SCAN_DETAIL_BITS) return NULL;
    for (*unit = 0; *unit < scan->units; ++*unit) {
        if (scan->restart_interval && *unit > 0 && *unit % scan->restart_interval == 0)
            restart(&reader);
        for (int i = 0; i < scan->components; i++)
            for (int k = 0; k < scan->blocks[i] && !reader.damage; k++)
                take_block(&reader, scan, i);
        if (reader.damage) return reader.damage;
    }
    return stuffed_byte_is_left(&reader) ? blocks_end_early : NULL;
}
