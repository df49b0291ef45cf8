/* json_reader.c - stepping through a text, and keeping the first failure. */
#include "tensor/json_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

JsonReader json_reader(const char *text, size_t length, Error *error) {
    return (JsonReader){ .text = text, .length = length, .error = error };
}

bool json_fail(JsonReader *reader, const char *format, ...) {
    if (reader->failed) return false;
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    reader->failed = true;
    return error_set(reader->error, "byte %zu: %s", reader->at, message);
}

int json_current(const JsonReader *reader) {
    return reader->at < reader->length ? (unsigned char)reader->text[reader->at] : -1;
}

void json_skip_space(JsonReader *reader) {
    for (int c = json_current(reader); c == ' ' || c == '\t' || c == '\n' || c == '\r';
         c = json_current(reader))
        reader->at++;
}

char json_peek(JsonReader *reader) {
    if (reader->failed) return 0;
    json_skip_space(reader);
    const int c = json_current(reader);
    if (c == '-' || json_is_digit(c)) return '0';
    return c > 0 && strchr("{[\"tfn", c) ? (char)c : 0;
}
