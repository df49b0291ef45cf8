/* open_dataset.h - a dataset, opened, reported on and split, as every program does it. */
#ifndef HADNET_OPEN_DATASET_H
#define HADNET_OPEN_DATASET_H

#include "data/split/split.h"
#include "hadnet/training/mask_settings.h"

typedef struct DatasetRequest {
    const char *layout, *folder;
    MaskSettings masks;
    /* [classes], of weights to be judged; NULL: the dataset's own. */
    const char *const *class_names;
    int classes;
    SplitKind split;
    uint64_t seed;
    int synth_images, size; /* of synth */
} DatasetRequest;

/* Open and split. Files that had to be left out are counted and named on standard error; what was
 * understood of the labels is one line on standard output. NULL: see the error. The caller frees
 * with dataset_free. */
Dataset *open_dataset(const DatasetRequest *request, Error *error);

#endif
