/* provenance.h - which images trained the weights, and which were kept from them.
 *
 * It stands in the metadata of a weight file, so that whoever judges the weights later asks for the
 * same split, and is told when it is another:
 *
 *     dataset  "neu-seg"      split         "official"    seed           "1"
 *     images   "3450"         synth_images  "300"         images_digest  "0123456789abcdef"
 */
#ifndef HADNET_PROVENANCE_H
#define HADNET_PROVENANCE_H

#include "data/split/split.h"
#include "nn/metadata.h"

typedef struct Provenance {
    bool known; /* false: an earlier version wrote the file, and the rest says nothing */
    char layout[32];
    SplitKind kind;
    uint64_t seed;    /* of the split; below 2^31 */
    int images;       /* in all parts */
    int synth_images; /* the same where the layout is synth; otherwise 0 */
    uint64_t digest;  /* split_digest */
} Provenance;

/* Of weights that a dataset trains, which was split by kind and seed. */
Provenance provenance_of(const Dataset *dataset, SplitKind kind, uint64_t seed);

void provenance_write(const Provenance *provenance, Metadata *metadata);

/* Metadata that say nothing of a split give one that is not known. Otherwise each text and number
 * must be there and in its range. */
bool provenance_read(const Metadata *metadata, const char *path, Provenance *provenance,
                     Error *error);

/* Whether images may judge weights: */
typedef enum Judgement {
    JUDGEMENT_FAIR,    /* none of them was trained on */
    JUDGEMENT_UNKNOWN, /* some may have been: the data are others, or the weights do not say */
    JUDGEMENT_VOID     /* some were */
} Judgement;

/* The first `limit` (0: all) images of a part of the dataset, which was split by kind and seed.
 * *trained_on counts those of JUDGEMENT_VOID. The dataset is split again meanwhile, but in the end
 * it is as it was. */
bool provenance_judge(const Provenance *trained, Dataset *dataset, SplitKind kind, uint64_t seed,
                      Part part, int limit, Judgement *judgement, int *trained_on, Error *error);

#endif
