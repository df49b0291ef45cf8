/* loader_place.h - fills one place of a batch from a sample. Private to loader*.c. */
#ifndef DATA_LOADER_PLACE_H
#define DATA_LOADER_PLACE_H

#include "data/loader.h"
#include "data/sample_cache.h"

/* The memory to write to: size x size x 3 numbers, the same for the twin or NULL, size x size
 * labels, the same as numbers or NULL, one number (has_twin). */
typedef struct Place {
    real *image, *twin;
    uint8_t *labels;
    real *targets;
    real *has_twin;
} Place;

typedef enum PlaceResult {
    PLACE_FILLED,
    PLACE_UNUSABLE, /* it has no twin: another sample may replace it */
    PLACE_BROKEN    /* it cannot be loaded; the error says why */
} PlaceResult;

/* Load `sample`, make its twin if options ask for it, scale, turn, jitter and normalise. Every
 * random number comes from (seed, epoch, sample). */
PlaceResult loader_fill_place(SampleCache *cache, const LoaderOptions *options, int epoch,
                              int sample, const Place *place, Error *error);

#endif
