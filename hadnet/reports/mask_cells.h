/* mask_cells.h - downsamples a mask to a level's resolution. */
#ifndef HADNET_MASK_CELLS_H
#define HADNET_MASK_CELLS_H

#include "tensor/real.h"

#include <stdint.h>

/* For each cell of a height x width grid laid over a mask of size x size labels: the share of its
 * pixels that show a defect (a label that is neither 0 nor LABEL_IGNORE). shares: [height][width].
 */
void mask_cells(const uint8_t *labels, int size, int64_t height, int64_t width, real *shares);

#endif
