/* json.h - a JSON reader (RFC 8259) for untrusted bytes.
 *
 * A reader walks the text once, from front to back, and the caller says what should come next:
 *
 *     JsonReader reader = json_reader(text, length, &error);
 *     char *key;
 *     json_open(&reader, '{');
 *     while ((key = json_next_key(&reader))) {
 *         if (!strcmp(key, "epochs")) epochs = json_unsigned(&reader);
 *         else json_skip(&reader);
 *         free(key);
 *     }
 *     json_finish(&reader);
 *     if (reader.failed) ...
 *
 * No tree is built, so no text can make it use much memory. The first failure is kept, with its
 * byte offset, and every call after it returns at once (false, 0 or NULL): check `failed` at the
 * end. Strings come out as UTF-8; bytes that are no UTF-8, unpaired surrogates, and \u0000, which a
 * C string cannot hold, are failures.
 */
#ifndef TENSOR_JSON_H
#define TENSOR_JSON_H

#include "tensor/json_reader.h"

enum { JSON_MAX_DEPTH = 64 };

/* Enter an object '{' or an array '['. Then, until NULL or false: the next member's key (the
 * caller frees it), or whether there is another element; its value must be read each time. */
bool json_open(JsonReader *reader, char bracket);
char *json_next_key(JsonReader *reader);
bool json_next_element(JsonReader *reader);

char *json_string(JsonReader *reader);      /* the caller frees it; NULL on failure */
uint64_t json_unsigned(JsonReader *reader); /* a whole number in 0..2^64-1, without a fraction */
double json_number(JsonReader *reader);
bool json_boolean(JsonReader *reader);
bool json_skip(JsonReader *reader); /* any one value, checked */

/* Checks that only white space is left. */
bool json_finish(JsonReader *reader);

/* A growing text, for writing. Zero-initialise; free(text.bytes). */
typedef struct JsonText {
    char *bytes; /* ends with a NUL that length does not count */
    size_t length, capacity;
} JsonText;

void json_append(JsonText *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Quoted and escaped; a byte that is not part of UTF-8 becomes U+FFFD. */
void json_append_string(JsonText *text, const char *string);

#endif
