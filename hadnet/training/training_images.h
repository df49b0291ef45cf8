/* training_images.h - the list of training images of an epoch, and how they are loaded. */
#ifndef HADNET_TRAINING_IMAGES_H
#define HADNET_TRAINING_IMAGES_H

#include "data/dataset.h"
#include "data/loader.h"
#include "hadnet/training/settings.h"

/* Indices of the training part, at most limit of them (0: all). The caller frees. */
int *training_images(const Dataset *dataset, int limit, int *count);

/* The same, with images that show a defect repeated until they are about half of the list: most
 * images from a factory show none and contribute little to training. The caller frees. */
int *training_images_balanced(const Dataset *dataset, int limit, int *count);

/* A list with images of rare classes repeated (repeat factor sampling: Gupta, Dollar, Girshick,
 * CVPR 2019): if a share f of the images has a main defect of some class, these images are
 * listed max(1, sqrt(threshold / f)) times; fractions accumulate from image to image. A threshold
 * of 0 changes nothing. Takes the list, of *count images; the caller frees what it gives. */
int *training_images_rare(const Dataset *dataset, int *list, int *count, double threshold);

/* How often to repeat a list of `count` images to get at least `least` images: 1 or more. */
int training_images_times(int count, int least);

/* The settings of a loader that every stage shares: batches in a new order each epoch, of images at
 * the network's size. */
LoaderOptions training_loader(const Settings *settings, const int *samples, int count);

/* A list `times` over. Takes the list, of *count images; the caller frees what it gives. */
int *training_images_repeat(int *list, int *count, int times);

#endif
