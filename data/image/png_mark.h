/* png_mark.h - PNGs that say which program wrote them, and show whether anyone changed them since.
 *
 * The last chunk before the end is a text, "Software" with the value "WRITER CHECKSUM", where the
 * checksum is the CRC-32 of all bytes before the chunk. A picture that was edited and saved again
 * has another, or none, even if the text was kept.
 */
#ifndef DATA_PNG_MARK_H
#define DATA_PNG_MARK_H

#include "data/image/image.h"

enum { PNG_WRITER_MAX = 31 }; /* bytes of a writer's name */

/* As image_write_png, with the mark of `writer`. */
bool png_mark_write(const char *path, const Image *image, const char *writer, Error *error);

/* Whether the file at path is as png_mark_write left it, for the same writer. false also when there
 * is none, or it cannot be read. */
bool png_mark_is_whole(const char *path, const char *writer);

#endif
