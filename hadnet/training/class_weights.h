/* class_weights.h - how much a pixel of each class counts in the cross-entropy.
 *
 * On metal nearly every pixel is background, and a network that is paid by the pixel may learn to
 * say so and no more. With w_k = f_k^-power, f_k the share of class k among the pixels that training
 * draws, a class of one pixel in a hundred weighs a tenth of the background at a power of 1/2, a
 * hundredth at 0, and as much as the background at 1. A soft Dice loss, which counts classes alike,
 * already hears rare classes: on top of it large powers cost accuracy where no class is rare.
 */
#ifndef HADNET_CLASS_WEIGHTS_H
#define HADNET_CLASS_WEIGHTS_H

#include "data/dataset.h"
#include "tensor/real.h"

/* weights[class_count of the dataset] from the masks of the samples that an epoch draws; one that
 * is drawn several times counts as often. A class that has no pixel weighs 1. */
void class_weights(const Dataset *dataset, const int *samples, int count, double power,
                   real *weights);

#endif
