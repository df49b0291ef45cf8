/* protobuf_writer.h - builds protocol buffer messages in memory.
 *
 *     ProtobufWriter writer = { 0 };
 *     protobuf_integer(&writer, 1, 8);                  field 1 = 8
 *     const size_t graph = protobuf_begin(&writer, 7);  field 7 is a message ...
 *     protobuf_text(&writer, 2, "hadnet");
 *     protobuf_end(&writer, graph);                     ... that ends here
 *
 * The wire format (protobuf.dev/programming-guides/encoding): a field is a tag, number * 8 + kind,
 * then a varint, or a length and that many bytes. A nested message is such a run of bytes. Repeated
 * fields are written one by one, as in proto2. Fields may be in any order.
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
    bool failed; /* out of memory; later writes do nothing */
} ProtobufWriter;

void protobuf_free(ProtobufWriter *writer);

/* One field each. Integers are int32, int64, bool and enum fields alike. */
void protobuf_integer(ProtobufWriter *writer, int field, int64_t value);
void protobuf_text(ProtobufWriter *writer, int field, const char *text);

/* A message as a field: everything written until protobuf_end belongs to it. The return value is
 * the argument of protobuf_end. */
size_t protobuf_begin(ProtobufWriter *writer, int field);
void protobuf_end(ProtobufWriter *writer, size_t begin);

/* Numbers as a field of bytes, little endian on every machine. */
void protobuf_raw_floats(ProtobufWriter *writer, int field, const float *values, size_t count);
void protobuf_raw_integers(ProtobufWriter *writer, int field, const int64_t *values, size_t count);

#endif
