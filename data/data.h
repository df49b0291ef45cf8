/* data.h - the public header of data/: images, datasets, splits, augmentation, the loader.
 *
 *     #include "data/data.h"
 *     #include <stdio.h>
 *     #include <stdlib.h>
 *
 *     int main(void) { // one batch of metal that the library draws itself
 *         Error error = { "" };
 *         const DatasetOptions options = { .synth_count = 20, .synth_size = 64 };
 *         Dataset *dataset = dataset_open("synth", NULL, &options, &error);
 *         if (!dataset || !split_dataset(dataset, SPLIT_OFFICIAL, 1, &error)) return puts(error.text), 2;
 *         int count;
 *         int *samples = dataset_part(dataset, PART_TRAIN, &count);
 *         LoaderOptions wanted = loader_default(samples, count);
 *         wanted.size = 64;
 *         Loader *loader = loader_open(dataset, &wanted, &error);
 *         const Batch *batch = loader ? loader_next(loader, &error) : NULL;
 *         if (!batch) return puts(error.text), 2;
 *         printf("%d images of %d x %d, %d classes\n", batch->count, batch->size, batch->size,
 *                dataset->class_count);
 *         loader_close(loader);
 *         free(samples);
 *         dataset_free(dataset);
 *         return 0;
 *     }
 *
 * image/image.h    8-bit images and their files       image/resize.h  resizing, turns and flips
 * dataset.h        images with masks and classes      split/split.h   train, val and test
 * loader.h         batches from background threads    augment.h       augmentation, normalisation
 * synth/synth.h    generated brushed metal with defects
 * split/split_list.h  the part of every image, in a text file
 */
#ifndef DATA_DATA_H
#define DATA_DATA_H

#include "data/augment.h"
#include "data/dataset.h"
#include "data/image/image.h"
#include "data/image/resize.h"
#include "data/loader.h"
#include "data/split/split.h"
#include "data/split/split_list.h"
#include "data/synth/synth.h"

#endif
