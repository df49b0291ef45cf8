/* provenance.h - the data set and split that weights were trained on.
 *
 * It is written to the metadata of a weight file. An evaluation can then use the same split, and
 * report when it uses another:
 *
 *     dataset  "neu-seg"      split         "official"    seed           "1"
 *     images   "3450"         synth_images  "300"         images_digest  "0123456789abcdef"
 */
#ifndef HADNET_PROVENANCE_H
#define HADNET_PROVENANCE_H

#include "data/split/split.h"
#include "nn/metadata.h"

typedef struct Provenance {
    bool known; /* false: an earlier version wrote the file, and the rest is unset */
    char layout[32];
    SplitKind kind;
    uint64_t seed;    /* of the split; below 2^31 */
    int images;       /* in all parts */
    int synth_images; /* the same if the layout is synth; otherwise 0 */
    uint64_t digest;  /* split_digest */
} Provenance;

/* The provenance of weights trained on this dataset, which was split by kind and seed. */
Provenance provenance_of(const Dataset *dataset, SplitKind kind, uint64_t seed);

void provenance_write(const Provenance *provenance, Metadata *metadata);

/* Metadata without a split give an unknown provenance. Otherwise each text and number must be there
 * and in its range. */
bool provenance_read(const Metadata *metadata, const char *path, Provenance *provenance,
                     Error *error);

/* Whether the images of an evaluation were trained on: */
typedef enum Overlap {
    OVERLAP_NONE,    /* none was */
    OVERLAP_UNKNOWN, /* some may have been: the data differ, or the provenance is unknown */
    OVERLAP_SOME     /* some were */
} Overlap;

/* Compare the first `limit` (0: all) images of a part of the dataset with the training images;
 * *trained_on counts those that were trained on. list: the file that split the training's images, for
 * a provenance of kind SPLIT_FILE; NULL: it is not known. The dataset is split again in between; its
 * parts are put back. */
Overlap provenance_overlap(const Provenance *trained, Dataset *dataset, const char *list, Part part,
                           int limit, int *trained_on);

#endif
