/* exif.c - reads the orientation: EXIF 2.32, 4.6.4, tag 0x112 of the first directory, one SHORT.
 * Browsers accept only that form, and so does this reader. */
#include "data/image/exif.h"

#include "data/image/byte_order.h"

#include <stdbool.h>
#include <string.h>

enum { ORIENTATION = 0x112, SHORT = 3, ENTRY_BYTES = 12 };

/* Orientation 2 is mirrored left-right, 3 rotated by half a turn, 4 mirrored top-bottom; 6 and 8
 * need a quarter turn clockwise and counter-clockwise; 5 is transposed, 7 transposed along the
 * other diagonal. */
static const int turns[9] = { 0, 0, 1, 4, 5, 3, 6, 7, 2 };

int exif_turn(const uint8_t *tiff, size_t count) {
    if (count < 8) return 0;
    const bool big = !memcmp(tiff, "MM\0*", 4);
    if (!big && memcmp(tiff, "II*\0", 4) != 0) return 0;
    const size_t directory = big ? big_endian_32(tiff + 4) : little_endian_32(tiff + 4);
    if (directory > count - 2) return 0;
    const int entries = big ? big_endian_16(tiff + directory) : little_endian_16(tiff + directory);
    for (int i = 0; i < entries; i++) {
        const size_t at = directory + 2 + (size_t)i * ENTRY_BYTES;
        if (at + ENTRY_BYTES > count) return 0;
        const uint8_t *entry = tiff + at;
        const int tag = big ? big_endian_16(entry) : little_endian_16(entry);
        if (tag != ORIENTATION) continue;
        const int type = big ? big_endian_16(entry + 2) : little_endian_16(entry + 2);
        const uint32_t values = big ? big_endian_32(entry + 4) : little_endian_32(entry + 4);
        const int value = big ? big_endian_16(entry + 8) : little_endian_16(entry + 8);
        return type == SHORT && values == 1 && value <= 8 ? turns[value] : 0;
    }
    return 0;
}
