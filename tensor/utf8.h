/* utf8.h - decode and validate UTF-8 (RFC 3629). */
#ifndef TENSOR_UTF8_H
#define TENSOR_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes the character that starts at bytes, of which `left` (at least 1) exist. Returns its
 * length, 1 to 4, and *code, its code point. 0 when it is invalid: an overlong form, a surrogate,
 * beyond U+10FFFF, truncated. */
int utf8_read(const char *bytes, size_t left, unsigned *code);

/* Whether the bytes are valid UTF-8. */
bool utf8_is_valid(const char *bytes, size_t count);

#endif
