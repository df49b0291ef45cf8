/* json_text.c - JSON strings: parsing and writing their characters and escapes. */
#include "tensor/json.h"

#include "tensor/memory.h"
#include "tensor/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Write a character's UTF-8 form and return the place behind it. */
static char *utf8_write(char *out, unsigned code) {
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    *out++ = (char)(lead[more] | code >> (6 * more));
    for (int i = more - 1; i >= 0; i--) *out++ = (char)(0x80 | (code >> (6 * i) & 0x3f));
    return out;
}

/* ---- Reading ---- */

/* Four hexadecimal digits. */
static unsigned read_hex(JsonReader *reader) {
    unsigned code = 0;
    for (int i = 0; i < 4; i++, reader->at++) {
        const int c = reader->at < reader->length ? reader->text[reader->at] : 0;
        const char *digits = "0123456789abcdefABCDEF", *found = c ? strchr(digits, c) : NULL;
        if (!found) {
            json_fail(reader, "expected four hexadecimal digits after \\u");
            return 0;
        }
        const unsigned digit = (unsigned)(found - digits);
        code = code * 16 + (digit < 16 ? digit : digit - 6);
    }
    return code;
}

/* The character after \u: one escape, or two above U+FFFF. */
static unsigned read_code(JsonReader *reader) {
    const unsigned code = read_hex(reader);
    if (reader->failed) return 0;
    if (code == 0) json_fail(reader, "a string holds \\u0000");
    if (code < 0xd800 || code > 0xdfff) return code;
    const bool pair = code < 0xdc00 && reader->length - reader->at >= 6 &&
                      !memcmp(reader->text + reader->at, "\\u", 2);
    if (pair) reader->at += 2;
    const unsigned low = pair ? read_hex(reader) : 0;
    if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    json_fail(reader, "an unpaired surrogate");
    return 0;
}

/* One escape; the reader is behind the backslash. */
static char *read_escape(JsonReader *reader, char *out) {
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char c = reader->at < reader->length ? reader->text[reader->at] : 0;
    const char *name = c ? strchr(names, c) : NULL;
    if (c == 'u') {
        reader->at++;
        return utf8_write(out, read_code(reader));
    }
    if (!name) {
        json_fail(reader, "an unknown escape in a string");
        return out;
    }
    reader->at++;
    *out = meanings[name - names];
    return out + 1;
}

/* The length of the string that starts here, up to its closing quote. Escapes count as written, so
 * this is at least the decoded length. */
static size_t raw_length(const JsonReader *reader) {
    size_t end = reader->at;
    while (end < reader->length && reader->text[end] != '"')
        end += reader->text[end] == '\\' && end + 1 < reader->length ? 2 : 1;
    return end - reader->at;
}

char *json_string(JsonReader *reader) {
    if (json_peek(reader) != '"') {
        json_fail(reader, "expected a string");
        return NULL;
    }
    reader->at++;
    /* utf8_write may add 4 bytes. */
    char *string = memory_new(raw_length(reader) + 5, 1), *out = string;
    while (!reader->failed) {
        const char *bytes = reader->text + reader->at;
        const size_t left = reader->length - reader->at;
        unsigned code;
        const int length = left ? utf8_read(bytes, left, &code) : 0;
        if (!left)
            json_fail(reader, "a string has no end");
        else if (!length)
            json_fail(reader, "a string is not UTF-8");
        else if (code < 0x20)
            json_fail(reader, "a control character in a string");
        else if (*bytes == '\\') {
            reader->at++;
            out = read_escape(reader, out);
        } else {
            reader->at += (size_t)length;
            if (*bytes == '"') {
                *out = 0;
                return string;
            }
            memcpy(out, bytes, (size_t)length);
            out += length;
        }
    }
    free(string);
    return NULL;
}

/* ---- Writing ---- */

static void reserve(JsonText *text, size_t more) {
    if (text->length + more < text->capacity) return;
    text->capacity = 2 * (text->length + more) + 64;
    text->bytes = memory_resize(text->bytes, text->capacity, 1);
}

void json_append(JsonText *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    reserve(text, (size_t)length + 1);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
    va_end(again);
    text->length += (size_t)length;
}

void json_append_string(JsonText *text, const char *string) {
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    size_t left = strlen(string);
    json_append(text, "\"");
    while (left > 0) {
        const unsigned char c = (unsigned char)*string;
        unsigned code;
        int length = utf8_read(string, left, &code);
        if (c == '"' || c == '\\')
            json_append(text, "\\%c", c);
        else if (c < 0x20)
            json_append(text, "\\u%04x", c);
        else if (length > 0)
            json_append(text, "%.*s", length, string);
        else
            json_append(text, "%s", replacement);
        if (length == 0) length = 1;
        string += length;
        left -= (size_t)length;
    }
    json_append(text, "\"");
}
