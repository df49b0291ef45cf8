/* deflate.h - compresses a stream to zlib format (RFC 1950, 1951) as it is written.
 *
 * The output is one block of fixed Huffman codes. Matches are searched among the last positions
 * with the same three bytes; a match is skipped where the next byte begins a longer one. This is
 * the method of stb_image_write and gives the same bytes, but memory is limited to a window and
 * tables.
 */
#ifndef DATA_DEFLATE_H
#define DATA_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Receives the next compressed bytes. */
typedef void (*DeflateSink)(void *context, const uint8_t *bytes, size_t count);

enum {
    DEFLATE_WINDOW = 1 << 15,
    DEFLATE_MATCH_MAX = 258,
    DEFLATE_PLACES = 1 << 14, /* entries of the hash table */
    DEFLATE_CHAIN = 16,       /* positions kept per hash */
    DEFLATE_ROOM = 4 * DEFLATE_WINDOW
};

typedef struct Deflate {
    DeflateSink sink;
    void *context;
    uint64_t bits;
    int bit_count;
    uint32_t adler_low, adler_high;
    int64_t start, at, end; /* positions in the stream: of room[0], of the next byte to compress,
                               past the last known byte */
    bool stored;            /* bytes are written uncompressed */
    uint8_t room[DEFLATE_ROOM];
    uint8_t chain_counts[DEFLATE_PLACES];
    int64_t chains[DEFLATE_PLACES][DEFLATE_CHAIN];
    uint8_t out[1 << 14];
    size_t out_count;
} Deflate;

/* Begin a stream. stored: without compression, for data that compression would enlarge. */
void deflate_begin(Deflate *deflate, bool stored, DeflateSink sink, void *context);
void deflate_write(Deflate *deflate, const uint8_t *bytes, size_t count);
void deflate_end(Deflate *deflate);

#endif
