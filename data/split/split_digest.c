/* split_digest.c - a 64-bit hash of a split: equal for the same images in the same parts. */
#include "data/split/split.h"

#include <string.h>

/* FNV-1a. The zero byte at the end of a text counts: "a", "bc" is not "ab", "c". */
static uint64_t add_bytes(uint64_t digest, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    for (size_t i = 0; i < count; i++) digest = (digest ^ next[i]) * 0x100000001b3u;
    return digest;
}

static uint64_t add_text(uint64_t digest, const char *text) {
    return add_bytes(digest, text, strlen(text) + 1);
}

/* Byte by byte, so that the digest is the same on every machine. */
static uint64_t add_number(uint64_t digest, uint64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(number >> (8 * i));
    return add_bytes(digest, bytes, sizeof bytes);
}

uint64_t split_digest(const Dataset *dataset) {
    uint64_t digest = add_text(0xcbf29ce484222325u, dataset->layout);
    for (int i = 0; i < dataset->count; i++) {
        const Sample *sample = &dataset->samples[i];
        digest = add_text(digest, sample->name);
        digest = add_number(digest, (uint64_t)sample->part);
        if (sample->mask_kind != MASK_GENERATED) continue;
        digest = add_number(digest, dataset->options.synth_seed);
        digest = add_number(digest, (uint64_t)sample->width);
    }
    return digest;
}
