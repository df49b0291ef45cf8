/* loader_place.h - one picture of a batch, from sample to numbers. Private to loader*.c. */
#ifndef DATA_LOADER_PLACE_H
#define DATA_LOADER_PLACE_H

#include "data/loader.h"
#include "data/sample_cache.h"

/* Where a picture goes: size x size x 3 numbers, the same or NULL, size x size labels, the same as
 * numbers or NULL, one number. */
typedef struct Place {
    real *image, *twin;
    uint8_t *labels;
    real *targets;
    real *has_twin;
} Place;

typedef enum PlaceResult {
    PLACE_FILLED,
    PLACE_UNUSABLE, /* it has no twin: another may stand in */
    PLACE_BROKEN    /* it cannot be loaded; the line says why */
} PlaceResult;

/* Load `sample`, make its twin if options ask for it, scale, turn, jitter and normalise. All draws come
 * from (seed, epoch, sample). */
PlaceResult loader_fill_place(SampleCache *cache, const LoaderOptions *options, int epoch,
                              int sample, const Place *place, Error *error);

#endif
