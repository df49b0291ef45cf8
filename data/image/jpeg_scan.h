/* jpeg_scan.h - checks that the entropy-coded data of a JPEG scan contain every block.
 *
 * Codes are read and their values skipped. No pixel is computed, so this takes a third of the time
 * of decoding. Decoders continue with grey where data end, and with whatever damaged codes say.
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

/* counts: [16], of codes of 1 to 16 bits; symbols: their total number, at most 256. false if the
 * lengths are oversubscribed. */
bool jpeg_code_make(JpegCode *code, const uint8_t *counts, const uint8_t *symbols);

/* Which data of each block a scan contains. */
typedef enum JpegScanKind {
    JPEG_SCAN_BASELINE,    /* all coefficients */
    JPEG_SCAN_MEANS,       /* progressive: the first bits of the DC coefficients */
    JPEG_SCAN_MEAN_BITS,   /* one further bit of each DC coefficient */
    JPEG_SCAN_DETAILS,     /* the first bits of a band of the AC coefficients */
    JPEG_SCAN_DETAIL_BITS, /* further bits of those: how they parse depends on earlier scans */
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

/* NULL if the data contain all units, or if that cannot be decided for this kind; otherwise what is
 * wrong with unit *unit. bytes: after the scan's header, ended by a marker or by their count. */
const char *jpeg_scan_damage(const JpegScan *scan, const uint8_t *bytes, size_t count,
                             int64_t *unit);

#endif
