/* class_weights.h - the weights of the classes in the cross-entropy.
 *
 * On metal nearly every pixel is background, and a network trained on unweighted pixels may learn
 * to predict nothing else. The weight is w_k = f_k^-power, f_k the share of class k among the
 * pixels of an epoch. A class of one pixel in a hundred then contributes a tenth as much as the
 * background at a power of 1/2, a hundredth at 0, and as much at 1. The soft Dice loss counts
 * classes alike and already covers rare classes; with it, large powers cost accuracy where no class
 * is rare.
 */
#ifndef HADNET_CLASS_WEIGHTS_H
#define HADNET_CLASS_WEIGHTS_H

#include "data/dataset.h"
#include "tensor/real.h"

/* weights[class_count of the dataset] from the masks of an epoch's samples; a sample drawn several
 * times counts as often. A class without pixels weighs 1. */
void class_weights(const Dataset *dataset, const int *samples, int count, double power,
                   real *weights);

#endif
