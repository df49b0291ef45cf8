/* utf8.h - decode and validate UTF-8 (RFC 3629). */
#ifndef TENSOR_UTF8_H
#define TENSOR_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Read the character that starts at bytes, of which `left` (at least 1) are there: its length, 1 to
 * 4, and *code, its number. 0 when it is none: an overlong form, a surrogate, beyond U+10FFFF, cut
 * short. */
int utf8_read(const char *bytes, size_t left, unsigned *code);

/* Whether all bytes are characters. */
bool utf8_is_valid(const char *bytes, size_t count);

#endif
