/* checksum.c - corrects the checksums of a PNG, by code independent of the reader's. */
#include "tests/fuzz/checksum.h"

#include <string.h>

uint32_t checksum(const uint8_t *bytes, size_t count) {
    uint32_t sum = 0xffffffffu;
    for (size_t i = 0; i < count; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320u ^ sum >> 1 : sum >> 1;
    }
    return ~sum;
}

void big_endian_write(uint8_t *bytes, uint32_t value) {
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

void checksums_mend(uint8_t *bytes, size_t count) {
    if (count < 8 || memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) != 0) return;
    for (size_t at = 8; at + 12 <= count;) {
        const size_t length = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                              (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length > count - at - 12) return;
        big_endian_write(bytes + at + 8 + length, checksum(bytes + at + 4, length + 4));
        at += 12 + length;
    }
}
