/* protobuf_writer.h - protocol buffer messages, built in memory.
 *
 *     ProtobufWriter writer = { 0 };
 *     protobuf_integer(&writer, 1, 8);                  field 1 = 8
 *     const size_t graph = protobuf_begin(&writer, 7);  field 7 is a message ...
 *     protobuf_text(&writer, 2, "hadnet");
 *     protobuf_end(&writer, graph);                     ... that ends here
 *
 * The wire format (protobuf.dev/programming-guides/encoding): a field is a tag, number * 8 + kind,
 * then a varint, or a length and so many bytes. A message within a message is such a
 * run of bytes. Repeated fields are written one by one, as proto2 has them. Fields may stand in any
 * order.
 */
#ifndef HADNET_PROTOBUF_WRITER_H
#define HADNET_PROTOBUF_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise; free when done. */
typedef struct ProtobufWriter {
    uint8_t *bytes; /* owned */
    size_t size, capacity;
    bool failed; /* there was no memory; nothing is written from then on */
} ProtobufWriter;

void protobuf_free(ProtobufWriter *writer);

/* One field each. Integers are int32, int64, bool and enum fields alike. */
void protobuf_integer(ProtobufWriter *writer, int field, int64_t value);
void protobuf_text(ProtobufWriter *writer, int field, const char *text);

/* A message as a field: what is written until the end belongs to it. Gives what the end needs. */
size_t protobuf_begin(ProtobufWriter *writer, int field);
void protobuf_end(ProtobufWriter *writer, size_t begin);

/* Numbers as a field of bytes, little endian on every machine. */
void protobuf_raw_floats(ProtobufWriter *writer, int field, const float *values, size_t count);
void protobuf_raw_integers(ProtobufWriter *writer, int field, const int64_t *values, size_t count);

#endif
