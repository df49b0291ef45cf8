/* jpeg_scan.h - whether the entropy-coded data of a JPEG scan hold every block.
 *
 * Codes are read and their values passed over: no pixel is made, in a third of the time of
 * decoding. Decoders go on with grey where data end, and with whatever damaged codes say.
 */
#ifndef DATA_JPEG_SCAN_H
#define DATA_JPEG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JPEG_COMPONENTS = 4, JPEG_FAST_BITS = 9 };

/* A Huffman code (T.81, annex C): symbols in the order of their codes, short codes by their bits.
 */
typedef struct JpegCode {
    bool defined;
    uint8_t counts[17]; /* codes of each length */
    uint8_t symbols[256];
    uint16_t fast[1 << JPEG_FAST_BITS]; /* symbol * 16 + length; 0: longer, or none */
} JpegCode;

/* counts: [16], of codes of 1 to 16 bits; symbols: as many as they are in all, at most 256. false
 * where more codes are stated than their lengths can tell apart. */
bool jpeg_code_make(JpegCode *code, const uint8_t *counts, const uint8_t *symbols);

/* What a scan's data hold of each block. */
typedef enum JpegScanKind {
    JPEG_SCAN_BASELINE,    /* all coefficients */
    JPEG_SCAN_MEANS,       /* progressive: the first bits of the means */
    JPEG_SCAN_MEAN_BITS,   /* one further bit of each mean */
    JPEG_SCAN_DETAILS,     /* the first bits of a band of the other coefficients */
    JPEG_SCAN_DETAIL_BITS, /* further bits of those: what they are depends on earlier scans */
} JpegScanKind;

typedef struct JpegScan {
    JpegScanKind kind;
    int first, last; /* of the band of JPEG_SCAN_DETAILS */
    int components;
    int blocks[JPEG_COMPONENTS]; /* of each component in a unit */
    const JpegCode *means[JPEG_COMPONENTS], *details[JPEG_COMPONENTS]; /* where the kind has them */
    int64_t units;
    int restart_interval; /* in units; 0: none */
} JpegScan;

/* NULL when the data hold all units, or the kind cannot be told; else what is wrong with unit
 * *unit. bytes: from behind the scan's header on, ended by a marker or by their count. */
const char *jpeg_scan_damage(const JpegScan *scan, const uint8_t *bytes, size_t count,
                             int64_t *unit);

#endif
