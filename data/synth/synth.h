/* synth.h - a generator of synthetic images of metal with labelled defects.
 *
 * Brushed metal under uneven illumination with three kinds of defect, as in NEU-Seg:
 *   1 inclusion   dark elongated specks along the rolling direction
 *   2 patches     irregular areas of another brightness and texture
 *   3 scratches   thin bright or dark lines of varying strength
 * and with unlabelled distractors that resemble defects: soft stains, scale marks, streaks of the
 * brushing. About a sixth of the images have no defect; many defects are faint.
 */
#ifndef DATA_SYNTH_H
#define DATA_SYNTH_H

#include "data/image/image.h"
#include "tensor/public.h"

#include <stdint.h>

PUBLIC_BEGIN

enum { SYNTH_CLASSES = 4 };

/* Image `index` of `seed` at size x size pixels (16 at least): *image three channels, *labels
 * one. The same arguments give the same bits. The caller frees both. Thread-safe. */
void synth_make(uint64_t seed, uint64_t index, int size, Image *image, Image *labels);

/* Only the labels, in a fraction of the time. */
void synth_labels(uint64_t seed, uint64_t index, int size, Image *labels);

PUBLIC_END

#endif
