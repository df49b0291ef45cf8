/* inspection.h - what a dataset holds, before anything is trained on it.
 *
 *     Inspection inspection = inspection_of(dataset);
 *     inspection_print(stdout, dataset, &inspection);
 *     inspection_free(&inspection);
 *
 * Files that cannot be used are in dataset->problems; an inspection is of the images that are left. The
 * dataset has been split, and its scenes have been found (split_find_scenes).
 */
#ifndef HADNET_INSPECTION_H
#define HADNET_INSPECTION_H

#include "data/dataset.h"

#include <stdio.h>

/* Why a person should look at a mask. */
typedef enum Suspicion {
    SUSPICION_NONE,
    SUSPICION_EMPTY, /* a mask file without a defect: was it forgotten? */
    SUSPICION_FULL,  /* no background at all: is it inverted? */
    SUSPICION_SPECK, /* all its defects together are of at most SPECK_PIXELS pixels */
    SUSPICIONS
} Suspicion;

enum { SPECK_PIXELS = 4 };

/* Images of one width and height. */
typedef struct SizeCount {
    int width, height, images;
} SizeCount;

typedef struct Inspection {
    int images[PARTS], defect_free[PARTS];
    int with_class[PARTS][CLASSES_MAX]; /* images that have the class */
    int64_t pixels[PARTS][CLASSES_MAX]; /* of the class */
    int64_t smallest[CLASSES_MAX]; /* pixels of it in the image that has the fewest; 0: no image */
    SizeCount *sizes;              /* the commonest first; owned */
    int size_count;
    uint8_t *suspicion;         /* [dataset->count] Suspicion; owned */
    int suspicions[SUSPICIONS]; /* how many of each */
    int scenes, copies;         /* copies: images that share their scene with another */
    int leaks[PARTS];           /* images whose scene is in training too; of train 0 */
} Inspection;

Inspection inspection_of(const Dataset *dataset);
void inspection_free(Inspection *inspection);

/* Whether a person should look at anything: bad files, suspicious masks, leaks. */
bool inspection_finds_fault(const Dataset *dataset, const Inspection *inspection);

/* All of it in plain text. */
void inspection_print(FILE *stream, Dataset *dataset, const Inspection *inspection);

#endif
