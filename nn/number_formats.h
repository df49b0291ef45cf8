/* number_formats.h - the number types of a weight file, and how each becomes a real. */
#ifndef NN_NUMBER_FORMATS_H
#define NN_NUMBER_FORMATS_H

#include "tensor/real.h"

#include <string.h>

/* IEEE binary16: 1 sign, 5 exponent, 10 fraction bits. Exact, NaN payloads included. */
static inline float float16_to_float(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, fraction = half & 0x3ff;
    const uint32_t exponent = half >> 10 & 0x1f;
    uint32_t bits;
    float value;
    if (exponent == 0) { /* zero or subnormal: fraction * 2^-24 */
        value = (float)fraction * 0x1p-24f;
        return sign ? -value : value;
    }
    if (exponent == 31) /* infinity or NaN */
        bits = sign | 0x7f800000u | fraction << 13;
    else
        bits = sign | (exponent + 127 - 15) << 23 | fraction << 13;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* bfloat16: the upper half of a float. */
static inline float bfloat16_to_float(uint16_t half) {
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

typedef struct NumberFormat {
    const char *name; /* as in safetensors: "F32" */
    int bytes;
    /* Converts count numbers; NULL for formats that can be skipped but not read. */
    void (*to_real)(const unsigned char *bytes, int64_t count, real *numbers);
} NumberFormat;

/* The format of that name, NULL when it is unknown. */
const NumberFormat *number_format_find(const char *name);

/* The format of a real: F32, or F64 in the double library. */
const NumberFormat *number_format_of_real(void);

#endif
