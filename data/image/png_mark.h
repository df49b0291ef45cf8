/* png_mark.h - a mark in a PNG that names the program that wrote it and reveals later changes.
 *
 * The last chunk before the end is a text, "Software" with the value "WRITER CHECKSUM", where the
 * checksum is the CRC-32 of all bytes before the chunk. An image that was edited and saved again
 * has another checksum, or no mark, even if the text was kept.
 */
#ifndef DATA_PNG_MARK_H
#define DATA_PNG_MARK_H

#include "data/image/png_write.h"

enum { PNG_WRITER_MAX = 31 }; /* bytes of a writer's name */

/* As image_write_png, with the mark of `writer`, and with a palette unless it is NULL. */
bool png_mark_write(const char *path, const Image *image, const PngPalette *palette,
                    const char *writer, Error *error);

/* Whether the file at path is unchanged since png_mark_write wrote it for the same writer. false
 * also if the file is missing or unreadable. */
bool png_mark_is_whole(const char *path, const char *writer);

#endif
