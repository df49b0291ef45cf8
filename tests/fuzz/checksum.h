/* checksum.h - the checksums of PNG chunks, computed bit by bit. */
#ifndef TESTS_FUZZ_CHECKSUM_H
#define TESTS_FUZZ_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The CRC-32 of the PNG specification. */
uint32_t checksum(const uint8_t *bytes, size_t count);

void big_endian_write(uint8_t *bytes, uint32_t value);

/* Where the bytes are a PNG, give every chunk the right checksum. */
void checksums_mend(uint8_t *bytes, size_t count);

#endif
