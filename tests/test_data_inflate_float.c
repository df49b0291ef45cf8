/* test_data_inflate_float.c - zlib streams: whole, damaged, without end. */
#include "data/image/inflate.h"
#include "tests/data_trees.h"

#include <time.h>

/* The writer's compressor, which its header does not declare. */
uint8_t *stbi_zlib_compress(uint8_t *data, int count, int *compressed, int quality);

/* Bits, lowest first, as deflate packs them. */
typedef struct BitWriter {
    Bytes bytes;
    unsigned bits;
    int count;
} BitWriter;

static void put_bits(BitWriter *writer, unsigned value, int count) {
    for (int i = 0; i < count; i++) {
        writer->bits |= (value >> i & 1) << writer->count;
        if (++writer->count < 8) continue;
        append_bytes(&writer->bytes, (uint8_t[1]){ (uint8_t)writer->bits }, 1);
        writer->bits = 0;
        writer->count = 0;
    }
}

/* A Huffman code is packed from its highest bit down. */
static void put_code(BitWriter *writer, unsigned code, int length) {
    for (int i = length - 1; i >= 0; i--) put_bits(writer, code >> i & 1, 1);
}

static void put_header(BitWriter *writer) {
    put_bits(writer, 0x78, 8);
    put_bits(writer, 0x01, 8);
}

/* Compressed bytes in pieces of `piece`. */
typedef struct Pieces {
    const uint8_t *bytes;
    size_t count, piece;
} Pieces;

static bool next_piece(void *context, const uint8_t **bytes, size_t *count) {
    Pieces *pieces = context;
    if (pieces->count == 0) return false;
    *count = pieces->piece < pieces->count ? pieces->piece : pieces->count;
    *bytes = pieces->bytes;
    pieces->bytes += *count;
    pieces->count -= *count;
    return true;
}

/* All that the stream holds, at most `room` bytes; asked for `step` at a time. */
static size_t inflate_all(const uint8_t *bytes, size_t count, size_t piece, uint8_t *to,
                          size_t room, size_t step, bool *failed) {
    Pieces pieces = { bytes, count, piece };
    Inflate *inflate = malloc(sizeof *inflate);
    inflate_begin(inflate, next_piece, &pieces);
    size_t done = 0, got = step;
    while (got == step && done + step <= room) {
        got = inflate_read(inflate, to + done, step);
        done += got;
    }
    *failed = inflate->failed;
    free(inflate);
    return done;
}

static uint8_t *noisy_text(size_t count, uint64_t seed) {
    uint8_t *text = malloc(count);
    Random random = random_stream(seed, 0, 0, 0);
    for (size_t i = 0; i < count; i++)
        text[i] = random_below(&random, 10) ? (uint8_t) "deflated lines, "[i % 16]
                                            : (uint8_t)random_bits(&random);
    return text;
}

TEST(data_inflate_fixed_codes_in_pieces) {
    static const size_t pieces[] = { 1, 3, 1000, 1 << 20 }, steps[] = { 1, 7, 300, 70000 };
    const size_t count = 140000;
    uint8_t *text = noisy_text(count, 1), *back = malloc(count + 70000);
    int compressed;
    uint8_t *stream = stbi_zlib_compress(text, (int)count, &compressed, 8);
    for (int i = 0; i < 4; i++) {
        bool failed;
        const size_t got = inflate_all(stream, (size_t)compressed, pieces[i], back, count + 70000,
                                       steps[i], &failed);
        test_case("data_inflate pieces of %zu", pieces[i]);
        CHECK(got == count && !failed && !memcmp(text, back, count));
    }
    free(text);
    free(back);
    free(stream);
}

/* Sixteen codes of 1, 2, ... 14, 15, 15 bits, the end of the block among them: longer than any
 * table of short codes. */
TEST(data_inflate_codes_of_15_bits) {
    BitWriter writer = { 0 };
    put_header(&writer);
    put_bits(&writer, 1, 1);
    put_bits(&writer, 2, 2);
    put_bits(&writer, 0, 5);  /* 257 literals and lengths */
    put_bits(&writer, 0, 5);  /* 1 distance */
    put_bits(&writer, 15, 4); /* 19 lengths of lengths: 16, 17, 18 have none, the rest 4 bits */
    for (int i = 0; i < 19; i++) put_bits(&writer, i < 3 ? 0 : 4, 3);
    for (int symbol = 0; symbol < 257; symbol++) {
        const int length = symbol < 15 ? symbol + 1 : symbol == 256 ? 15 : 0;
        put_code(&writer, (unsigned)length, 4);
    }
    put_code(&writer, 0, 4); /* no distance */
    uint8_t wanted[300], back[400];
    for (int i = 0; i < 300; i++) {
        const int symbol = wanted[i] = (uint8_t)(i * 7 % 15);
        const unsigned ones = (1u << symbol) - 1; /* codes 0, 10, 110, ... */
        put_code(&writer, ones << 1, symbol + 1);
    }
    put_code(&writer, 0x7fff, 15);
    put_bits(&writer, 0, 7);
    bool failed;
    CHECK(inflate_all(writer.bytes.data, writer.bytes.count, 5, back, 400, 400, &failed) == 300);
    CHECK(!failed && !memcmp(wanted, back, 300));
    free(writer.bytes.data);
}

/* A match may begin in what it writes, and may reach 32768 bytes back but not before the start. */
TEST(data_inflate_matches) {
    for (int back_to = 32766; back_to <= 32768; back_to += 2) { /* an even distance */
        BitWriter writer = { 0 };
        put_header(&writer);
        put_bits(&writer, 1, 1);
        put_bits(&writer, 1, 2);
        put_code(&writer, 0x30 + 'a', 8);
        put_code(&writer, 0x30 + 'b', 8);
        for (int i = 0; i < 127; i++) { /* 258 more bytes, two back */
            put_code(&writer, 0xc0 + 285 - 280, 8);
            put_code(&writer, 1, 5);
        }
        put_code(&writer, 1, 7);  /* 3 bytes */
        put_code(&writer, 29, 5); /* from 24577 + 13 bits back */
        put_bits(&writer, (unsigned)back_to - 24577, 13);
        put_code(&writer, 0, 7);
        put_bits(&writer, 0, 7);
        bool failed;
        uint8_t *back = malloc(40000);
        const size_t got =
            inflate_all(writer.bytes.data, writer.bytes.count, 100, back, 40000, 40000, &failed);
        CHECK(got == 2 + 127 * 258 + 3 && !failed);
        for (size_t i = 0; i < got; i++) CHECK(back[i] == (i % 2 ? 'b' : 'a'));
        free(back);
        free(writer.bytes.data);
    }
    const uint8_t before[] = { 0x78, 0x01, 0x4b, 0x04, 0x12, 0x00 }; /* 'a', then 2 back */
    uint8_t back[8];
    bool failed;
    CHECK(inflate_all(before, sizeof before, 9, back, 8, 8, &failed) <= 1 && failed);
}

/* A block of fixed codes: one byte, and the end. */
static void put_fixed_block(BitWriter *writer, bool last, char byte) {
    put_bits(writer, last, 1);
    put_bits(writer, 1, 2);
    put_code(writer, 0x30 + (unsigned char)byte, 8);
    put_code(writer, 0, 7);
}

/* A block of its own codes: 'b' and the end have one bit each, no distance has any. */
static void put_dynamic_block(BitWriter *writer) {
    static const unsigned lengths[18] = { [2] = 1, [17] = 1 }; /* of the lengths' codes: 18 and 1 */
    put_bits(writer, 0, 1);
    put_bits(writer, 2, 2);
    put_bits(writer, 0, 5);
    put_bits(writer, 0, 5);
    put_bits(writer, 14, 4);
    for (int i = 0; i < 18; i++) put_bits(writer, lengths[i], 3);
    put_code(writer, 1, 1); /* 98 symbols without a code, */
    put_bits(writer, 'b' - 11, 7);
    put_code(writer, 0, 1); /* 'b', */
    put_code(writer, 1, 1); /* 157 without, */
    put_bits(writer, 138 - 11, 7);
    put_code(writer, 1, 1);
    put_bits(writer, 19 - 11, 7);
    put_code(writer, 0, 1); /* the end, */
    put_code(writer, 0, 1); /* and a distance that nothing uses */
    put_code(writer, 0, 1); /* b */
    put_code(writer, 1, 1); /* the end */
}

/* Each block has its own codes, whatever those of the block before were. */
TEST(data_inflate_blocks_of_both_kinds) {
    BitWriter writer = { 0 };
    uint8_t back[8];
    bool failed;
    put_header(&writer);
    put_fixed_block(&writer, false, 'a');
    put_dynamic_block(&writer);
    put_fixed_block(&writer, false, 'c');
    put_fixed_block(&writer, false, 'd');
    put_dynamic_block(&writer);
    put_fixed_block(&writer, true, 'e');
    put_bits(&writer, 0, 7);
    CHECK(inflate_all(writer.bytes.data, writer.bytes.count, 2, back, 8, 8, &failed) == 6);
    CHECK(!failed && !memcmp(back, "abcdbe", 6));
    free(writer.bytes.data);
}

/* An empty block takes ten bits of a file: millions of them take a fraction of a second. */
TEST(data_inflate_empty_blocks) {
    const size_t groups = 1 << 20; /* of four blocks in five bytes */
    uint8_t *stream = malloc(2 + 5 * groups), back[1];
    bool failed;
    memcpy(stream, "\x78\x01", 2);
    for (size_t i = 0; i < groups; i++) memcpy(stream + 2 + 5 * i, "\x02\x08\x20\x80\x00", 5);
    const clock_t begun = clock();
    CHECK(inflate_all(stream, 2 + 5 * groups, 1 << 20, back, 1, 1, &failed) == 0 && failed);
    CHECK(clock() - begun < 3 * CLOCKS_PER_SEC); /* of this process; a code for each took 15 s */
    free(stream);
}

/* Whatever the bytes are, decompression ends, and within the room it is given. */
TEST(data_inflate_damaged_streams) {
    const size_t count = 3000, room = 4000;
    uint8_t *text = noisy_text(count, 2), *back = malloc(room);
    int compressed;
    uint8_t *stream = stbi_zlib_compress(text, (int)count, &compressed, 8);
    Random random = random_stream(7, 0, 0, 0);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
        const size_t keep =
            i % 2 ? random_below(&random, (uint64_t)compressed) : (size_t)compressed;
        uint8_t *damaged = malloc(keep + 1); /* of the very size, for the sanitizers */
        memcpy(damaged, stream, keep);
        for (int k = 0; k < i % 4; k++)
            if (keep > 0) damaged[random_below(&random, keep)] = (uint8_t)random_bits(&random);
        if (i % 3 == 0 && keep > 2) damaged[2] = (uint8_t)(damaged[2] & 0xf8) | 5; /* dynamic */
        bool failed;
        const size_t got = inflate_all(damaged, keep, 1 + keep / 3, back, room, 100, &failed);
        CHECK(got <= room);
        refused += failed;
        free(damaged);
    }
    CHECK(refused > 1000);
    static const uint8_t bad[][4] = { { 0x77, 1, 1, 0 },   /* no deflate */
                                      { 0x78, 2, 1, 0 },   /* a bad header checksum */
                                      { 0x78, 1, 7, 0 },   /* a block of the third kind */
                                      { 0x78, 1, 1, 5 } }; /* a stored block cut short */
    for (int i = 0; i < 4; i++) {
        bool failed;
        CHECK(inflate_all(bad[i], 4, 9, back, room, 100, &failed) == 0 && failed);
    }
    free(text);
    free(back);
    free(stream);
}
