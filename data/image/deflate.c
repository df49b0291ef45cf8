/* deflate.c - the compressor: hash chains, lazy matching, fixed Huffman codes. */
#include "data/image/deflate.h"

#include <string.h>

enum { END_OF_BLOCK = 256, FIRST_LENGTH = 257, ADLER = 65521, STORED_BLOCK = 32767 };

/* ---- Output of bytes and bits ---- */

static void flush(Deflate *deflate) {
    if (deflate->out_count > 0) deflate->sink(deflate->context, deflate->out, deflate->out_count);
    deflate->out_count = 0;
}

static void put_byte(Deflate *deflate, unsigned byte) {
    if (deflate->out_count == sizeof deflate->out) flush(deflate);
    deflate->out[deflate->out_count++] = (uint8_t)byte;
}

static void put_bits(Deflate *deflate, unsigned value, int count) {
    deflate->bits |= (uint64_t)value << deflate->bit_count;
    deflate->bit_count += count;
    for (; deflate->bit_count >= 8; deflate->bit_count -= 8, deflate->bits >>= 8)
        put_byte(deflate, deflate->bits & 255);
}

/* A Huffman code is written from its highest bit down. */
static void put_code(Deflate *deflate, unsigned code, int length) {
    unsigned reversed = 0;
    for (int i = 0; i < length; i++) reversed |= (code >> i & 1) << (length - 1 - i);
    put_bits(deflate, reversed, length);
}

static void put_symbol(Deflate *deflate, unsigned symbol) {
    if (symbol < 144)
        put_code(deflate, 0x30 + symbol, 8);
    else if (symbol < 256)
        put_code(deflate, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        put_code(deflate, symbol - 256, 7);
    else
        put_code(deflate, 0xc0 + symbol - 280, 8);
}

static void put_match(Deflate *deflate, int length, int distance) {
    static const uint16_t lengths[] = { 3,  4,  5,  6,   7,   8,   9,   10,  11,  13,
                                        15, 17, 19, 23,  27,  31,  35,  43,  51,  59,
                                        67, 83, 99, 115, 131, 163, 195, 227, 258, 259 };
    static const uint8_t length_bits[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                           2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
    static const uint16_t distances[] = { 1,    2,    3,    4,     5,     7,     9,    13,
                                          17,   25,   33,   49,    65,    97,    129,  193,
                                          257,  385,  513,  769,   1025,  1537,  2049, 3073,
                                          4097, 6145, 8193, 12289, 16385, 24577, 32769 };
    int symbol = 0, far = 0;
    while (length >= lengths[symbol + 1]) symbol++;
    while (distance >= distances[far + 1]) far++;
    put_symbol(deflate, (unsigned)(FIRST_LENGTH + symbol));
    put_bits(deflate, (unsigned)(length - lengths[symbol]), length_bits[symbol]);
    put_code(deflate, (unsigned)far, 5);
    put_bits(deflate, (unsigned)(distance - distances[far]), far < 4 ? 0 : far / 2 - 1);
}

/* ---- Matches ---- */

static const uint8_t *byte_at(const Deflate *deflate, int64_t position) {
    return deflate->room + (position - deflate->start);
}

static unsigned hash_of(const uint8_t *bytes) {
    uint32_t hash = bytes[0] + ((uint32_t)bytes[1] << 8) + ((uint32_t)bytes[2] << 16);
    hash ^= hash << 3;
    hash += hash >> 5;
    hash ^= hash << 4;
    hash += hash >> 17;
    hash ^= hash << 25;
    hash += hash >> 6;
    return hash % DEFLATE_PLACES;
}

/* The length of the match between the bytes at `from` and those at `at`. */
static int match_length(const Deflate *deflate, int64_t from, int64_t at) {
    const int64_t left = deflate->end - at;
    const int most = left < DEFLATE_MATCH_MAX ? (int)left : DEFLATE_MATCH_MAX;
    const uint8_t *a = byte_at(deflate, from), *b = byte_at(deflate, at);
    int length = 0;
    while (length < most && a[length] == b[length]) length++;
    return length;
}

/* The longest match of 3 bytes or more, the last of equals; 0 if there is none. */
static int find_match(const Deflate *deflate, int64_t at, int64_t *from) {
    const unsigned place = hash_of(byte_at(deflate, at));
    int best = 0;
    for (int i = 0; i < deflate->chain_counts[place]; i++) {
        const int64_t candidate = deflate->chains[place][i];
        if (candidate <= at - DEFLATE_WINDOW) continue;
        const int length = match_length(deflate, candidate, at);
        if (length < 3 || length < best) continue;
        best = length;
        *from = candidate;
    }
    return best;
}

/* A full chain drops the older half of its positions. */
static void remember(Deflate *deflate, int64_t at) {
    const unsigned place = hash_of(byte_at(deflate, at));
    int64_t *chain = deflate->chains[place];
    if (deflate->chain_counts[place] == DEFLATE_CHAIN) {
        memmove(chain, chain + DEFLATE_CHAIN / 2, DEFLATE_CHAIN / 2 * sizeof *chain);
        deflate->chain_counts[place] = DEFLATE_CHAIN / 2;
    }
    chain[deflate->chain_counts[place]++] = at;
}

static bool longer_match_follows(const Deflate *deflate, int64_t at, int length) {
    const unsigned place = hash_of(byte_at(deflate, at));
    for (int i = 0; i < deflate->chain_counts[place]; i++) {
        const int64_t candidate = deflate->chains[place][i];
        if (candidate > at - DEFLATE_WINDOW && match_length(deflate, candidate, at) > length)
            return true;
    }
    return false;
}

/* Compress while a match cannot extend past the known bytes; at the end, all but the last three
 * bytes. */
static void compress_to(Deflate *deflate, int64_t limit) {
    while (deflate->at < limit) {
        const int64_t at = deflate->at;
        int64_t from = 0;
        const int length = find_match(deflate, at, &from);
        remember(deflate, at);
        if (length > 0 && !longer_match_follows(deflate, at + 1, length)) {
            put_match(deflate, length, (int)(at - from));
            deflate->at += length;
        } else {
            put_symbol(deflate, *byte_at(deflate, at));
            deflate->at++;
        }
    }
}

/* ---- The stream ---- */

void deflate_begin(Deflate *deflate, bool stored, DeflateSink sink, void *context) {
    deflate->sink = sink;
    deflate->context = context;
    deflate->bits = 0;
    deflate->bit_count = 0;
    deflate->adler_low = 1;
    deflate->adler_high = 0;
    deflate->start = deflate->at = deflate->end = 0;
    deflate->stored = stored;
    deflate->out_count = 0;
    memset(deflate->chain_counts, 0, sizeof deflate->chain_counts);
    put_byte(deflate, 0x78); /* a window of 32 KiB */
    put_byte(deflate, 0x5e);
    if (stored) return;
    put_bits(deflate, 1, 1); /* the last block, */
    put_bits(deflate, 1, 2); /* of fixed codes */
}

static void add_to_checksum(Deflate *deflate, const uint8_t *bytes, size_t count) {
    enum { BEFORE_OVERFLOW = 5552 };
    while (count > 0) {
        const size_t part = count < BEFORE_OVERFLOW ? count : BEFORE_OVERFLOW;
        for (size_t i = 0; i < part; i++) {
            deflate->adler_low += bytes[i];
            deflate->adler_high += deflate->adler_low;
        }
        deflate->adler_low %= ADLER;
        deflate->adler_high %= ADLER;
        bytes += part;
        count -= part;
    }
}

/* Write uncompressed blocks while a whole one is available; at the end, the rest. */
static void store(Deflate *deflate, bool last) {
    while (deflate->end - deflate->at > STORED_BLOCK || (last && deflate->at < deflate->end)) {
        const int64_t left = deflate->end - deflate->at;
        const unsigned count = left < STORED_BLOCK ? (unsigned)left : STORED_BLOCK;
        put_byte(deflate, last && count == left);
        put_byte(deflate, count & 255);
        put_byte(deflate, count >> 8);
        put_byte(deflate, ~count & 255);
        put_byte(deflate, ~count >> 8 & 255);
        for (unsigned i = 0; i < count; i++) put_byte(deflate, byte_at(deflate, deflate->at)[i]);
        deflate->at += count;
    }
}

/* Drop the bytes that lie further back than a match can reach. */
static void make_room(Deflate *deflate) {
    const int64_t keep = deflate->at - DEFLATE_WINDOW;
    if (keep <= deflate->start) return;
    memmove(deflate->room, byte_at(deflate, keep), (size_t)(deflate->end - keep));
    deflate->start = keep;
}

void deflate_write(Deflate *deflate, const uint8_t *bytes, size_t count) {
    add_to_checksum(deflate, bytes, count);
    while (count > 0) {
        const size_t room = DEFLATE_ROOM - (size_t)(deflate->end - deflate->start);
        const size_t part = count < room ? count : room;
        memcpy(deflate->room + (deflate->end - deflate->start), bytes, part);
        deflate->end += (int64_t)part;
        bytes += part;
        count -= part;
        if (deflate->end - deflate->start < DEFLATE_ROOM) continue;
        if (deflate->stored)
            store(deflate, false);
        else
            compress_to(deflate, deflate->end - DEFLATE_MATCH_MAX - 3);
        make_room(deflate);
    }
}

void deflate_end(Deflate *deflate) {
    if (deflate->stored) {
        store(deflate, true);
    } else {
        compress_to(deflate, deflate->end - 3);
        for (; deflate->at < deflate->end; deflate->at++)
            put_symbol(deflate, *byte_at(deflate, deflate->at));
        put_symbol(deflate, END_OF_BLOCK);
        if (deflate->bit_count > 0) put_bits(deflate, 0, 8 - deflate->bit_count);
    }
    put_byte(deflate, deflate->adler_high >> 8);
    put_byte(deflate, deflate->adler_high & 255);
    put_byte(deflate, deflate->adler_low >> 8);
    put_byte(deflate, deflate->adler_low & 255);
    flush(deflate);
}
