/* json.c - the JSON reader: structure and numbers. Strings are in json_text.c. */
#include "tensor/json.h"

#include <stdlib.h>
#include <string.h>

static bool expect(JsonReader *reader, char wanted) {
    if (reader->failed) return false;
    json_skip_space(reader);
    const int c = json_current(reader);
    if (c != wanted)
        return json_fail(reader, "expected '%c'%s", wanted, c < 0 ? ", found the end" : "");
    reader->at++;
    return true;
}

bool json_open(JsonReader *reader, char bracket) {
    if (!expect(reader, bracket)) return false;
    if (reader->depth == JSON_MAX_DEPTH) return json_fail(reader, "nested too deeply");
    reader->depth++;
    reader->fresh = true;
    return true;
}

/* Whether another member follows; skips the comma, or the closing bracket. */
static bool next(JsonReader *reader, char closing) {
    if (reader->failed) return false;
    json_skip_space(reader);
    if (json_current(reader) == closing) {
        reader->at++;
        reader->depth--;
        reader->fresh = false;
        return false;
    }
    if (!reader->fresh) {
        if (json_current(reader) != ',') return json_fail(reader, "expected ',' or '%c'", closing);
        reader->at++;
    }
    reader->fresh = false;
    return true;
}

char *json_next_key(JsonReader *reader) {
    if (!next(reader, '}')) return NULL;
    char *key = json_string(reader);
    if (key && expect(reader, ':')) return key;
    free(key);
    return NULL;
}

bool json_next_element(JsonReader *reader) {
    return next(reader, ']');
}

/* Skips one number and checks its grammar. whole: refuse a sign, a fraction or an exponent. */
static bool scan_number(JsonReader *reader, bool whole) {
    if (json_peek(reader) != '0') return json_fail(reader, "expected a number");
    if (json_current(reader) == '-') {
        if (whole) return json_fail(reader, "expected a number that is not negative");
        reader->at++;
    }
    if (!json_is_digit(json_current(reader))) return json_fail(reader, "expected a digit");
    if (json_current(reader) == '0') {
        reader->at++;
        if (json_is_digit(json_current(reader))) return json_fail(reader, "a number starts with 0");
    }
    while (json_is_digit(json_current(reader))) reader->at++;
    for (int part = 0; part < 2; part++) {
        const int c = json_current(reader);
        if (part == 0 ? c != '.' : c != 'e' && c != 'E') continue;
        if (whole) return json_fail(reader, "expected a whole number");
        reader->at++;
        if (part == 1 && (json_current(reader) == '+' || json_current(reader) == '-')) reader->at++;
        if (!json_is_digit(json_current(reader))) return json_fail(reader, "expected a digit");
        while (json_is_digit(json_current(reader))) reader->at++;
    }
    return true;
}

uint64_t json_unsigned(JsonReader *reader) {
    json_skip_space(reader);
    const size_t start = reader->at;
    if (reader->failed || !scan_number(reader, true)) return 0;
    uint64_t value = 0;
    for (size_t i = start; i < reader->at; i++)
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(reader->text[i] - '0'), &value)) {
            json_fail(reader, "a number is too large");
            return 0;
        }
    return value;
}

double json_number(JsonReader *reader) {
    json_skip_space(reader);
    const size_t start = reader->at;
    if (reader->failed || !scan_number(reader, false)) return 0;
    char digits[64]; /* longer than any number that a program writes */
    const size_t length = reader->at - start;
    if (length >= sizeof digits) {
        json_fail(reader, "a number has %zu characters", length);
        return 0;
    }
    memcpy(digits, reader->text + start, length);
    digits[length] = 0;
    return strtod(digits, NULL);
}

static bool word(JsonReader *reader, const char *wanted) {
    const size_t length = strlen(wanted);
    if (reader->length - reader->at < length ||
        memcmp(reader->text + reader->at, wanted, length) != 0)
        return json_fail(reader, "expected '%s'", wanted);
    reader->at += length;
    return true;
}

bool json_boolean(JsonReader *reader) {
    const char c = json_peek(reader);
    if (c == 't') return word(reader, "true");
    if (c == 'f')
        word(reader, "false");
    else
        json_fail(reader, "expected true or false");
    return false;
}

static bool skip_object(JsonReader *reader) {
    char *key;
    json_open(reader, '{');
    while ((key = json_next_key(reader))) {
        free(key);
        json_skip(reader);
    }
    return !reader->failed;
}

static bool skip_array(JsonReader *reader) {
    json_open(reader, '[');
    while (json_next_element(reader)) json_skip(reader);
    return !reader->failed;
}

bool json_skip(JsonReader *reader) {
    switch (json_peek(reader)) {
    case '{':
        return skip_object(reader);
    case '[':
        return skip_array(reader);
    case '"':
        free(json_string(reader));
        return !reader->failed;
    case '0':
        return scan_number(reader, false);
    case 't':
        return word(reader, "true");
    case 'f':
        return word(reader, "false");
    case 'n':
        return word(reader, "null");
    default:
        return json_fail(reader, "expected a value");
    }
}

bool json_finish(JsonReader *reader) {
    if (reader->failed) return false;
    json_skip_space(reader);
    return json_current(reader) < 0 || json_fail(reader, "expected the end");
}
