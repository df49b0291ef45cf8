/* png_write.h - writes an image as PNG in a bounded amount of memory.
 *
 * Rows are filtered and compressed one after the other, and written in pieces of up to 8 MiB. An
 * image that compresses to less is one piece, with the same bytes as stb_image_write gives.
 */
#ifndef DATA_PNG_WRITE_H
#define DATA_PNG_WRITE_H

#include "data/image/image.h"

/* Receives the next bytes of a file. */
typedef void (*PngSink)(void *context, const uint8_t *bytes, size_t count);

/* The colours that a viewer shows for the values of an image of one channel. */
typedef struct PngPalette {
    int count; /* 1 to 256; every value of the image is below it */
    uint8_t colours[256][3];
} PngPalette;

/* Write a PNG file without the chunk that ends it. image: 1 to 4 channels (2 and 4: with
 * transparency). palette: NULL, or the colours of an image of one channel, which then is indexed:
 * its values are kept. false: no memory, now or when the image was made; discard the file then. */
bool png_write_image(const Image *image, const PngPalette *palette, PngSink sink, void *context);

/* Write one more chunk: count bytes of the type, four letters. "IEND", empty, ends the file. */
void png_write_chunk(const char *type, const uint8_t *bytes, size_t count, PngSink sink,
                     void *context);

#endif
