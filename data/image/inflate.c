/* inflate.c - the decompressor: bits, Huffman codes, blocks, matches. */
#include "data/image/inflate.h"

#include <string.h>

enum { LITERALS = 288, DISTANCES = 30, END_OF_BLOCK = 256, FIRST_LENGTH = 257, LENGTHS = 29 };

void inflate_begin(Inflate *inflate, InflateMore more, void *context) {
    inflate->more = more;
    inflate->context = context;
    inflate->next = inflate->end = NULL;
    inflate->bits = 0;
    inflate->bit_count = 0;
    inflate->state = INFLATE_START;
    inflate->last_block = inflate->failed = inflate->fixed = false;
    inflate->stored = inflate->made = 0;
    inflate->match_length = 0;
}

/* ---- Bits ---- */

/* Fill up to at least 48 bits, or to the end of the input. */
static void fill_bits(Inflate *inflate) {
    while (inflate->bit_count <= 56) {
        while (inflate->next == inflate->end) {
            size_t count;
            if (!inflate->more(inflate->context, &inflate->next, &count)) {
                inflate->next = inflate->end = NULL;
                return;
            }
            inflate->end = inflate->next + count;
        }
        inflate->bits |= (uint64_t)*inflate->next++ << inflate->bit_count;
        inflate->bit_count += 8;
    }
}

static void drop_bits(Inflate *inflate, int count) {
    inflate->bits >>= count;
    inflate->bit_count -= count;
}

static int fail(Inflate *inflate) {
    inflate->failed = true;
    inflate->state = INFLATE_END;
    return 0;
}

/* The next `count` <= 16 bits as a number; 0 and failed past the end. */
static int take_bits(Inflate *inflate, int count) {
    if (inflate->bit_count < count) fill_bits(inflate);
    if (inflate->bit_count < count) return fail(inflate);
    const int value = (int)(inflate->bits & ((1u << count) - 1));
    drop_bits(inflate, count);
    return value;
}

/* ---- Huffman codes ---- */

static unsigned reversed(unsigned code, int length) {
    unsigned result = 0;
    for (int i = 0; i < length; i++) result |= (code >> i & 1) << (length - 1 - i);
    return result;
}

static void fill_fast(InflateCode *code, unsigned bits, int length, int symbol) {
    for (unsigned at = reversed(bits, length); at < 1u << INFLATE_FAST_BITS; at += 1u << length)
        code->fast[at] = (uint16_t)(symbol << 4 | length);
}

/* Build the codes from their lengths. false if the lengths are oversubscribed or incomplete; a
 * single code of one bit is allowed, as in zlib. */
static bool make_code(InflateCode *code, const uint8_t *lengths, int symbols) {
    int offsets[16] = { 0 }, left = 1;
    unsigned next[16] = { 0 };
    memset(code->counts, 0, sizeof code->counts);
    memset(code->fast, 0, sizeof code->fast);
    for (int i = 0; i < symbols; i++) code->counts[lengths[i]]++;
    for (int length = 1; length < 16; length++) {
        left = 2 * left - code->counts[length];
        if (left < 0) return false;
        if (length == 15) break;
        offsets[length + 1] = offsets[length] + code->counts[length];
        next[length + 1] = (next[length] + code->counts[length]) << 1;
    }
    for (int i = 0; i < symbols; i++) {
        const int length = lengths[i];
        if (length == 0) continue;
        code->symbols[offsets[length]++] = (uint16_t)i;
        const unsigned bits = next[length]++;
        if (length <= INFLATE_FAST_BITS) fill_fast(code, bits, length, i);
    }
    return left == 0 || symbols - code->counts[0] <= code->counts[1];
}

/* Decode a code longer than the table, bit by bit: codes of one length are consecutive. */
static int take_long_symbol(Inflate *inflate, const InflateCode *code) {
    int bits = 0, first = 0, index = 0;
    for (int length = 1; length < 16 && length <= inflate->bit_count; length++) {
        bits |= (int)(inflate->bits >> (length - 1) & 1);
        const int count = code->counts[length];
        if (bits - count < first) {
            drop_bits(inflate, length);
            return code->symbols[index + bits - first];
        }
        index += count;
        first = (first + count) << 1;
        bits <<= 1;
    }
    return fail(inflate);
}

static int take_symbol(Inflate *inflate, const InflateCode *code) {
    if (inflate->bit_count < 15) fill_bits(inflate);
    const int entry = code->fast[inflate->bits & ((1 << INFLATE_FAST_BITS) - 1)];
    if (entry == 0 || (entry & 15) > inflate->bit_count) return take_long_symbol(inflate, code);
    drop_bits(inflate, entry & 15);
    return entry >> 4;
}

/* ---- Blocks ---- */

/* Built once for consecutive fixed blocks: an empty block takes ten bits of a file, and building
 * the code takes a thousand entries. */
static void fixed_codes(Inflate *inflate) {
    uint8_t lengths[LITERALS];
    if (inflate->fixed) return;
    inflate->fixed = true;
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    make_code(&inflate->literals, lengths, LITERALS);
    memset(lengths, 5, 32);
    make_code(&inflate->distances, lengths, 32); /* 30 and 31 are refused where they are used */
}

/* The lengths of both codes, themselves coded. */
static bool take_lengths(Inflate *inflate, uint8_t *lengths, int count) {
    for (int i = 0; i < count && !inflate->failed;) {
        const int symbol = take_symbol(inflate, &inflate->literals);
        if (symbol < 16) {
            lengths[i++] = (uint8_t)symbol;
            continue;
        }
        const int repeats = symbol == 16   ? 3 + take_bits(inflate, 2)
                            : symbol == 17 ? 3 + take_bits(inflate, 3)
                                           : 11 + take_bits(inflate, 7);
        if (repeats > count - i || (symbol == 16 && i == 0)) return false;
        memset(lengths + i, symbol == 16 ? lengths[i - 1] : 0, (size_t)repeats);
        i += repeats;
    }
    return !inflate->failed;
}

static bool dynamic_codes(Inflate *inflate) {
    static const uint8_t order[19] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                       11, 4,  12, 3, 13, 2, 14, 1, 15 };
    uint8_t lengths[LITERALS + 32] = { 0 };
    const int literals = 257 + take_bits(inflate, 5), distances = 1 + take_bits(inflate, 5);
    const int known = 4 + take_bits(inflate, 4);
    inflate->fixed = false;
    if (literals > 286 || distances > DISTANCES) return false;
    for (int i = 0; i < known; i++) lengths[order[i]] = (uint8_t)take_bits(inflate, 3);
    if (!make_code(&inflate->literals, lengths, 19)) return false;
    memset(lengths, 0, sizeof lengths);
    return take_lengths(inflate, lengths, literals + distances) && lengths[END_OF_BLOCK] &&
           make_code(&inflate->distances, lengths + literals, distances) &&
           make_code(&inflate->literals, lengths, literals);
}

static void begin_stored(Inflate *inflate) {
    drop_bits(inflate, inflate->bit_count & 7);
    const int length = take_bits(inflate, 16), inverse = take_bits(inflate, 16);
    inflate->stored = (size_t)length;
    inflate->state = INFLATE_STORED;
    if (inflate->failed || (length ^ inverse) != 0xffff) fail(inflate);
}

static void begin_block(Inflate *inflate) {
    if (inflate->last_block) {
        inflate->state = INFLATE_END;
        return;
    }
    inflate->last_block = take_bits(inflate, 1);
    const int kind = take_bits(inflate, 2);
    if (inflate->failed) return;
    inflate->state = INFLATE_CODED;
    if (kind == 0)
        begin_stored(inflate);
    else if (kind == 1)
        fixed_codes(inflate);
    else if (kind == 3 || !dynamic_codes(inflate))
        fail(inflate);
}

static void take_zlib_header(Inflate *inflate) {
    const int method = take_bits(inflate, 8), flags = take_bits(inflate, 8);
    inflate->state = INFLATE_BLOCK;
    if ((method & 15) != 8 || (method << 8 | flags) % 31 != 0 || (flags & 32)) fail(inflate);
}

/* ---- Bytes ---- */

static void put(Inflate *inflate, uint8_t byte, uint8_t *to) {
    *to = inflate->window[inflate->made++ % INFLATE_WINDOW] = byte;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Copy a match that does not wrap around the window. A match may overlap its own output: then the
 * piece that can be copied doubles with every copy. */
static void repeat(uint8_t *to, const uint8_t *from, size_t count) {
    if (to <= from) {
        memmove(to, from, count);
        return;
    }
    while (count > 0) {
        const size_t part = smaller(count, (size_t)(to - from));
        memcpy(to, from, part);
        to += part;
        count -= part;
    }
}

/* Split the copy so that no part passes the end of the window. */
static size_t copy_match(Inflate *inflate, uint8_t *to, size_t room) {
    size_t done = 0;
    while (done < room && inflate->match_length > 0) {
        const size_t at = inflate->made % INFLATE_WINDOW;
        const size_t from = (inflate->made - inflate->match_distance) % INFLATE_WINDOW;
        const size_t left = smaller(room - done, (size_t)inflate->match_length);
        const size_t part = smaller(left, INFLATE_WINDOW - (at > from ? at : from));
        repeat(inflate->window + at, inflate->window + from, part);
        memcpy(to + done, inflate->window + at, part);
        inflate->made += part;
        inflate->match_length -= (int)part;
        done += part;
    }
    return done;
}

static size_t copy_stored(Inflate *inflate, uint8_t *to, size_t room) {
    size_t done = 0;
    for (; done < room && inflate->stored > 0 && !inflate->failed; inflate->stored--) {
        const int byte = take_bits(inflate, 8);
        if (!inflate->failed) put(inflate, (uint8_t)byte, to + done++);
    }
    if (inflate->stored == 0) inflate->state = INFLATE_BLOCK;
    return done;
}

static void begin_match(Inflate *inflate, int symbol) {
    static const uint16_t length_base[LENGTHS] = { 3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                   15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                   67, 83, 99, 115, 131, 163, 195, 227, 258 };
    static const uint8_t length_bits[LENGTHS] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                  2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
    static const uint16_t distance_base[DISTANCES] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577
    };
    if (symbol - FIRST_LENGTH >= LENGTHS) {
        fail(inflate);
        return;
    }
    symbol -= FIRST_LENGTH;
    const int length = length_base[symbol] + take_bits(inflate, length_bits[symbol]);
    const int far = take_symbol(inflate, &inflate->distances);
    if (inflate->failed || far >= DISTANCES) {
        fail(inflate);
        return;
    }
    const int bits = far < 4 ? 0 : far / 2 - 1;
    inflate->match_distance = (size_t)(distance_base[far] + take_bits(inflate, bits));
    if (inflate->failed || inflate->match_distance > inflate->made)
        fail(inflate);
    else
        inflate->match_length = length;
}

static size_t decode(Inflate *inflate, uint8_t *to, size_t room) {
    size_t done = copy_match(inflate, to, room);
    while (done < room && inflate->state == INFLATE_CODED) {
        const int symbol = take_symbol(inflate, &inflate->literals);
        if (inflate->failed) break;
        if (symbol < END_OF_BLOCK) {
            put(inflate, (uint8_t)symbol, to + done++);
        } else if (symbol == END_OF_BLOCK) {
            inflate->state = INFLATE_BLOCK;
        } else {
            begin_match(inflate, symbol);
            done += copy_match(inflate, to + done, room - done);
        }
    }
    return done;
}

size_t inflate_read(Inflate *inflate, uint8_t *to, size_t count) {
    size_t done = 0;
    while (done < count && inflate->state != INFLATE_END) switch (inflate->state) {
        case INFLATE_START:
            take_zlib_header(inflate);
            break;
        case INFLATE_BLOCK:
            begin_block(inflate);
            break;
        case INFLATE_STORED:
            done += copy_stored(inflate, to + done, count - done);
            break;
        case INFLATE_CODED:
            done += decode(inflate, to + done, count - done);
            break;
        case INFLATE_END:
            break;
        }
    return done;
}
