/* crc32.c - the CRC-32 of the PNG specification, annex D, one byte at a time. */
#include "data/image/crc32.h"

void crc32_begin(Crc32 *crc) {
    for (uint32_t n = 0; n < 256; n++) {
        crc->table[n] = n;
        for (int bit = 0; bit < 8; bit++)
            crc->table[n] =
                crc->table[n] & 1 ? 0xedb88320u ^ crc->table[n] >> 1 : crc->table[n] >> 1;
    }
    crc32_again(crc);
}

void crc32_again(Crc32 *crc) {
    crc->sum = 0xffffffffu;
}

void crc32_add(Crc32 *crc, const uint8_t *bytes, size_t count) {
    uint32_t sum = crc->sum;
    for (size_t i = 0; i < count; i++) sum = crc->table[(sum ^ bytes[i]) & 255] ^ sum >> 8;
    crc->sum = sum;
}

uint32_t crc32_value(const Crc32 *crc) {
    return ~crc->sum;
}
