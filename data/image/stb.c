/* stb.c - the one file that compiles stb_image and stb_image_write.
 *
 * Only the JPEG decoder is used, without stdio: jpeg_read.c checks a file before it is decoded.
 *
 * Memory is zeroed, because the decoder reads memory that damaged files never fill. Its assertions
 * state what jpeg_read.c has checked; they are compiled out, so a violation gives a wrong pixel and
 * does not end the program.
 */
#include <stdlib.h>

#define STBI_MALLOC(size) calloc(1, size)
#define STBI_REALLOC(memory, size) realloc(memory, size)
#define STBI_FREE(memory) free(memory)
#define STBI_ASSERT(condition) ((void)0)

/* The JPEG code shifts ints into the sign bit and relies on wrapping: allow it. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("shift"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC optimize("wrapv")
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#include <stb/stb_image.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#pragma GCC diagnostic pop

#if defined(__clang__)
#pragma clang attribute pop
#endif
