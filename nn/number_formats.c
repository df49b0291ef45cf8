/* number_formats.c - conversions from each number type of a file to real. */
#include "nn/number_formats.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors files are little-endian");

static void from_float64(const unsigned char *bytes, int64_t count, real *numbers) {
    for (int64_t i = 0; i < count; i++) {
        double number;
        memcpy(&number, bytes + i * 8, 8);
        numbers[i] = (real)number;
    }
}

static void from_float32(const unsigned char *bytes, int64_t count, real *numbers) {
    for (int64_t i = 0; i < count; i++) {
        float number;
        memcpy(&number, bytes + i * 4, 4);
        numbers[i] = number;
    }
}

static void from_float16(const unsigned char *bytes, int64_t count, real *numbers) {
    for (int64_t i = 0; i < count; i++)
        numbers[i] = float16_to_float((uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8));
}

static void from_bfloat16(const unsigned char *bytes, int64_t count, real *numbers) {
    for (int64_t i = 0; i < count; i++)
        numbers[i] = bfloat16_to_float((uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8));
}

static void from_int64(const unsigned char *bytes, int64_t count, real *numbers) {
    for (int64_t i = 0; i < count; i++) {
        int64_t number;
        memcpy(&number, bytes + i * 8, 8);
        numbers[i] = (real)number;
    }
}

static void from_int32(const unsigned char *bytes, int64_t count, real *numbers) {
    for (int64_t i = 0; i < count; i++) {
        int32_t number;
        memcpy(&number, bytes + i * 4, 4);
        numbers[i] = (real)number;
    }
}

static void from_uint8(const unsigned char *bytes, int64_t count, real *numbers) {
    for (int64_t i = 0; i < count; i++) numbers[i] = bytes[i];
}

static const NumberFormat formats[] = {
    { "F32", 4, from_float32 }, { "F16", 2, from_float16 }, { "BF16", 2, from_bfloat16 },
    { "F64", 8, from_float64 }, { "I64", 8, from_int64 },   { "I32", 4, from_int32 },
    { "U8", 1, from_uint8 },    { "BOOL", 1, from_uint8 },  { "I8", 1, NULL },
    { "I16", 2, NULL },         { "U16", 2, NULL },         { "U32", 4, NULL },
    { "U64", 8, NULL },         { "F8_E4M3", 1, NULL },     { "F8_E5M2", 1, NULL },
    { "F8_E8M0", 1, NULL },     { "C64", 8, NULL },
};

const NumberFormat *number_format_find(const char *name) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (!strcmp(formats[i].name, name)) return &formats[i];
    return NULL;
}

const NumberFormat *number_format_of_real(void) {
    return number_format_find(sizeof(real) == sizeof(float) ? "F32" : "F64");
}
