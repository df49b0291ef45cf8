/* byte_order.h - reads big-endian and little-endian integers from bytes. */
#ifndef DATA_BYTE_ORDER_H
#define DATA_BYTE_ORDER_H

#include <stdint.h>

static inline uint16_t big_endian_16(const uint8_t *bytes) {
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t big_endian_32(const uint8_t *bytes) {
    return (uint32_t)big_endian_16(bytes) << 16 | big_endian_16(bytes + 2);
}

static inline uint16_t little_endian_16(const uint8_t *bytes) {
    return (uint16_t)(bytes[1] << 8 | bytes[0]);
}

static inline uint32_t little_endian_32(const uint8_t *bytes) {
    return (uint32_t)little_endian_16(bytes + 2) << 16 | little_endian_16(bytes);
}

#endif
