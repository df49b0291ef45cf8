/* png_write.h - an image as PNG, in memory that does not grow with it.
 *
 * Rows are filtered and compressed as they are read, and go out in pieces of up to 8 MiB. An image
 * that compresses to less than that is one piece, byte for byte what stb_image_write makes of it.
 */
#ifndef DATA_PNG_WRITE_H
#define DATA_PNG_WRITE_H

#include "data/image/image.h"

/* Takes the next bytes of a file. */
typedef void (*PngSink)(void *context, const uint8_t *bytes, size_t count);

/* A PNG file but for the chunk that ends it. image: 1 to 4 channels (2 and 4: with transparency).
 * false: no memory, or an image for which there was none; then the file is to be thrown away. */
bool png_write_image(const Image *image, PngSink sink, void *context);

/* One more chunk: count bytes of the type, four letters. "IEND", empty, ends the file. */
void png_write_chunk(const char *type, const uint8_t *bytes, size_t count, PngSink sink,
                     void *context);

#endif
