/* crc32.h - the checksum of PNG's chunks. */
#ifndef DATA_CRC32_H
#define DATA_CRC32_H

#include <stddef.h>
#include <stdint.h>

typedef struct Crc32 {
    uint32_t table[256], sum;
} Crc32;

void crc32_begin(Crc32 *crc); /* fill the table and start a checksum */
void crc32_again(Crc32 *crc); /* start another checksum with the same table */
void crc32_add(Crc32 *crc, const uint8_t *bytes, size_t count);
uint32_t crc32_value(const Crc32 *crc); /* of all bytes since the sum began */

#endif
