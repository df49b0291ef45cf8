/* near_copies.h - which pictures show the same scene.
 *
 * Published sets hold copies of one photograph, flipped, turned, compressed again, taken at another
 * exposure or with a part pasted over. A copy in training of a test picture makes the test
 * worthless, so split.h keeps such scenes in one part.
 *
 * The signature of a picture is a 32x32 grey thumbnail whose every pixel is freed of the mean and
 * the standard deviation of its 9x9 neighbourhood. That removes exposure and uneven light, and
 * gives faint texture, which tells scenes apart, the weight of strong lines, which do not. Two
 * pictures are near-copies when under one of the eight flips and turns their signatures correlate
 * by at least NEAR_COPY_CORRELATION. On NEU-Seg turned copies correlate by 0.95 and more and
 * unrelated pictures rarely by 0.6; pictures that share a part lie between.
 */
#ifndef DATA_NEAR_COPIES_H
#define DATA_NEAR_COPIES_H

#include "data/image/image.h"

enum { SIGNATURE_SIDE = 32, SIGNATURE_LENGTH = SIGNATURE_SIDE * SIGNATURE_SIDE };
#define NEAR_COPY_CORRELATION 0.8f

/* Zero mean, length 1 (or all zero where the picture is one even tone), rows top to bottom. */
typedef struct Signature {
    float values[SIGNATURE_LENGTH];
} Signature;

/* The signature of a picture of one channel. */
void signature_of(const Image *grey, Signature *signature);

/* The largest correlation of a with b over b's eight flips and turns, -1..1. */
float signature_correlation(const Signature *a, const Signature *b);

/* Give each of count pictures the number of its scene: scenes[i] == scenes[j] for near-copies and
 * for pictures linked by a chain of them. Scenes count from 0 in the order of their first picture;
 * returns how many there are. Compares all pairs, in parallel, exactly. */
int near_copies_group(const Signature *signatures, int count, int *scenes);

#endif
