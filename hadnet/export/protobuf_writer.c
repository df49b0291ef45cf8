/* protobuf_writer.c - appends protocol buffer fields to a growing buffer. */
#include "hadnet/export/protobuf_writer.h"

#include <stdlib.h>
#include <string.h>

enum { KIND_VARINT = 0, KIND_BYTES = 2 };

void protobuf_free(ProtobufWriter *writer) {
    free(writer->bytes);
    *writer = (ProtobufWriter){ 0 };
}

/* Room for `count` more bytes, or NULL. */
static uint8_t *grow(ProtobufWriter *writer, size_t count) {
    if (writer->failed) return NULL;
    if (count > writer->capacity - writer->size) {
        const size_t capacity = 2 * writer->capacity + count + 256;
        uint8_t *bytes = realloc(writer->bytes, capacity);
        if (!bytes) return writer->failed = true, NULL;
        writer->bytes = bytes;
        writer->capacity = capacity;
    }
    writer->size += count;
    return writer->bytes + writer->size - count;
}

/* Seven bits per byte, lowest first; the top bit says that more follow. */
static int varint(uint64_t value, uint8_t bytes[10]) {
    int count = 0;
    for (; value >= 128; value >>= 7) bytes[count++] = (uint8_t)(value | 128);
    bytes[count++] = (uint8_t)value;
    return count;
}

static void put_varint(ProtobufWriter *writer, uint64_t value) {
    uint8_t bytes[10];
    const int count = varint(value, bytes);
    uint8_t *room = grow(writer, (size_t)count);
    if (room) memcpy(room, bytes, (size_t)count);
}

static void put_tag(ProtobufWriter *writer, int field, int kind) {
    put_varint(writer, (uint64_t)field << 3 | (uint64_t)kind);
}

static void put_little_endian(uint8_t *room, uint64_t bits, int count) {
    for (int i = 0; i < count; i++) room[i] = (uint8_t)(bits >> 8 * i);
}

static uint32_t float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

void protobuf_integer(ProtobufWriter *writer, int field, int64_t value) {
    put_tag(writer, field, KIND_VARINT);
    put_varint(writer, (uint64_t)value);
}

void protobuf_text(ProtobufWriter *writer, int field, const char *text) {
    const size_t length = strlen(text);
    put_tag(writer, field, KIND_BYTES);
    put_varint(writer, length);
    uint8_t *room = grow(writer, length);
    if (room) memcpy(room, text, length);
}

size_t protobuf_begin(ProtobufWriter *writer, int field) {
    put_tag(writer, field, KIND_BYTES);
    return writer->size;
}

/* The length is known only now: move the message to make room for it. */
void protobuf_end(ProtobufWriter *writer, size_t begin) {
    uint8_t length[10];
    const size_t size = writer->size - begin;
    const int count = varint(size, length);
    if (!grow(writer, (size_t)count)) return;
    memmove(writer->bytes + begin + count, writer->bytes + begin, size);
    memcpy(writer->bytes + begin, length, (size_t)count);
}

void protobuf_raw_floats(ProtobufWriter *writer, int field, const float *values, size_t count) {
    put_tag(writer, field, KIND_BYTES);
    put_varint(writer, 4 * count);
    uint8_t *room = grow(writer, 4 * count);
    for (size_t i = 0; room && i < count; i++)
        put_little_endian(room + 4 * i, float_bits(values[i]), 4);
}

void protobuf_raw_integers(ProtobufWriter *writer, int field, const int64_t *values, size_t count) {
    put_tag(writer, field, KIND_BYTES);
    put_varint(writer, 8 * count);
    uint8_t *room = grow(writer, 8 * count);
    for (size_t i = 0; room && i < count; i++)
        put_little_endian(room + 8 * i, (uint64_t)values[i], 8);
}
