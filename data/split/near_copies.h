/* near_copies.h - groups images that show the same scene.
 *
 * Published sets contain copies of one photograph: flipped, turned, compressed again, taken at
 * another exposure or with a part pasted over. A copy of a test image in training makes the test
 * worthless, so split.h keeps a scene in one part.
 *
 * The signature of an image is a 32x32 grey thumbnail in which every pixel is normalised by the
 * mean and standard deviation of its 9x9 neighbourhood. That removes exposure and uneven
 * illumination. It gives faint texture, which distinguishes scenes, the weight of strong lines,
 * which do not. Two images are near-copies when their signatures correlate, under one of the eight
 * flips and turns, by at least NEAR_COPY_CORRELATION. On NEU-Seg turned copies correlate by 0.95
 * and more and unrelated images rarely by 0.6; images that share a part are between.
 */
#ifndef DATA_NEAR_COPIES_H
#define DATA_NEAR_COPIES_H

#include "data/image/image.h"

enum { SIGNATURE_SIDE = 32, SIGNATURE_LENGTH = SIGNATURE_SIDE * SIGNATURE_SIDE };
#define NEAR_COPY_CORRELATION 0.8f

/* Zero mean, length 1 (or all zero for an image of one even tone), rows top to bottom. */
typedef struct Signature {
    float values[SIGNATURE_LENGTH];
} Signature;

/* The signature of an image of one channel. */
void signature_of(const Image *grey, Signature *signature);

/* The largest correlation of a with b over b's eight flips and turns, -1..1. */
float signature_correlation(const Signature *a, const Signature *b);

/* Give each of count images the number of its scene: scenes[i] == scenes[j] for near-copies and
 * for images linked by a chain of them. Scenes count from 0 in the order of their first image;
 * returns how many there are. Compares all pairs, in parallel, exactly. */
int near_copies_group(const Signature *signatures, int count, int *scenes);

#endif
