/* inflate.h - decompresses a zlib stream (RFC 1950, 1951) on demand.
 *
 *     Inflate *inflate = malloc(sizeof *inflate);
 *     inflate_begin(inflate, more, context);
 *     while (inflate_read(inflate, row, row_bytes) == row_bytes) ...
 *
 * Memory is limited to a window and tables. Bytes that nobody reads are never decompressed, so a
 * stream cannot cost more memory or time than its reader asks for.
 */
#ifndef DATA_INFLATE_H
#define DATA_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The next piece of compressed bytes; false where there are no more. */
typedef bool (*InflateMore)(void *context, const uint8_t **bytes, size_t *count);

enum { INFLATE_WINDOW = 1 << 15, INFLATE_FAST_BITS = 10 };

/* A Huffman code: symbols in the order of their codes, and a table of the short codes. */
typedef struct InflateCode {
    uint16_t counts[16]; /* codes of each length */
    uint16_t symbols[288];
    uint16_t fast[1 << INFLATE_FAST_BITS]; /* symbol * 16 + length; 0: the code is longer */
} InflateCode;

typedef struct Inflate {
    InflateMore more;
    void *context;
    const uint8_t *next, *end;
    uint64_t bits; /* the next ones, lowest first */
    int bit_count;
    enum { INFLATE_START, INFLATE_BLOCK, INFLATE_STORED, INFLATE_CODED, INFLATE_END } state;
    bool last_block, failed;
    bool fixed;            /* the current codes are the fixed ones */
    size_t stored;         /* bytes left of a stored block */
    int match_length;      /* bytes left of a match */
    size_t match_distance; /* its distance */
    size_t made;           /* bytes decompressed in all */
    InflateCode literals, distances;
    uint8_t window[INFLATE_WINDOW];
} Inflate;

void inflate_begin(Inflate *inflate, InflateMore more, void *context);

/* The next `count` bytes. Fewer where the stream ends, or is damaged (then inflate->failed). */
size_t inflate_read(Inflate *inflate, uint8_t *to, size_t count);

#endif
