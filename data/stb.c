/* stb.c - the one file that compiles stb_image and stb_image_write.
 *
 * Only the formats that the datasets use are compiled in, and no stdio: files are read whole by
 * image.c, which looks for truncation before it decodes.
 */
/* The JPEG code shifts ints into the sign bit and means it to wrap: the sanitizers may not object.
 */
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
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#include <stb/stb_image.h>

/* The PNG encoder asserts, and goes on, where it gets no memory; this way it always gets it. */
#include "tensor/memory.h"

static void *resize_always(void *memory, size_t bytes) {
    return memory_resize(memory, bytes, 1);
}

#define STBIW_MALLOC(bytes) resize_always(NULL, bytes)
#define STBIW_REALLOC(memory, bytes) resize_always(memory, bytes)
#define STBIW_FREE(memory) free(memory)

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#pragma GCC diagnostic pop

#if defined(__clang__)
#pragma clang attribute pop
#endif
