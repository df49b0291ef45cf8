/* class_weights.h - how much a pixel of each class counts in the cross-entropy.
 *
 * On metal nearly every pixel is background, and a network that is paid by the pixel learns to say
 * so and no more. With w_k = 1 / sqrt(f_k), f_k the share of class k among the training pixels, a
 * class of one pixel in a hundred weighs a tenth of the background instead of a hundredth: rare
 * classes are heard, and the background is not drowned, as it would be with 1 / f_k.
 */
#ifndef HADNET_CLASS_WEIGHTS_H
#define HADNET_CLASS_WEIGHTS_H

#include "data/dataset.h"
#include "tensor/real.h"

/* weights[class_count of the dataset] from the masks of the given samples. A class that has no
 * pixel weighs 1; masks that cannot be read are passed over (the loader names them). */
void class_weights(const Dataset *dataset, const int *samples, int count, real *weights);

#endif
