/* json_reader.h - a place in a text, and the first failure: what json.h reads with. */
#ifndef TENSOR_JSON_READER_H
#define TENSOR_JSON_READER_H

#include "tensor/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct JsonReader {
    const char *text;
    size_t length, at;
    int depth;
    bool fresh; /* right behind '{' or '[': no comma is due */
    bool failed;
    Error *error;
} JsonReader;

JsonReader json_reader(const char *text, size_t length, Error *error);

/* Fail at this place: "byte 17: " and the message. Returns false. */
bool json_fail(JsonReader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The kind of the next value: '{', '[', '"', 't', 'f', 'n', '0' for any number, or 0 for anything
 * else. */
char json_peek(JsonReader *reader);

/* ---- For json.c ---- */

int json_current(const JsonReader *reader); /* the byte at the reader, -1 at the end */
void json_skip_space(JsonReader *reader);

static inline bool json_is_digit(int c) {
    return c >= '0' && c <= '9';
}

#endif
