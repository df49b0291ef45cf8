/* open_dataset.h - opens, reports on and splits a dataset, alike for every program. */
#ifndef HADNET_OPEN_DATASET_H
#define HADNET_OPEN_DATASET_H

#include "hadnet/training/mask_settings.h"
#include "hadnet/training/split_choice.h"

typedef struct DatasetRequest {
    const char *layout, *folder;
    MaskSettings masks;
    /* [classes], of the weights to be evaluated; NULL: the dataset's own. */
    const char *const *class_names;
    int classes;
    SplitChoice split;
    uint64_t seed;
    int synth_images, size; /* of synth */
} DatasetRequest;

/* Open and split. Skipped files are counted and named on standard error; one line on standard
 * output describes the labels as understood. NULL: see the error. The caller frees with
 * dataset_free. */
Dataset *open_dataset(const DatasetRequest *request, Error *error);

#endif
