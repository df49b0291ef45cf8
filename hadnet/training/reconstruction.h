/* reconstruction.h - how well the autoencoders reconstruct the features.
 *
 * For one level, over cells of one kind (metal that is all normal, or mostly defect), the ratio
 *
 *     sum (phi - Phi)^2 / sum (phi - mean phi)^2,    over cells and channels, the mean per channel
 *
 * is the mean squared error over the variance. It is 0 for an autoencoder that reconstructs
 * everything and 1 for one that has learnt only the mean. A good one has a small ratio on normal
 * metal and a larger one on defects.
 */
#ifndef HADNET_RECONSTRUCTION_H
#define HADNET_RECONSTRUCTION_H

#include "hadnet/model/architecture.h"
#include "tensor/error.h"
#include "tensor/real.h"

#include <stdint.h>

typedef enum CellKind { CELL_NORMAL, CELL_DEFECT, CELL_KINDS } CellKind;

typedef struct ReconstructionSums {
    double cells, error;  /* cells seen; sum of (phi - Phi)^2 over them and all channels */
    double *sum, *square; /* [channels] of phi and of phi^2; owned */
} ReconstructionSums;

typedef struct Reconstruction {
    int levels, channels[MAX_LEVELS];
    ReconstructionSums sums[MAX_LEVELS][CELL_KINDS];
} Reconstruction;

/* false: no memory. Free in any case. */
bool reconstruction_create(Reconstruction *reconstruction, const Architecture *architecture,
                           Error *error);
void reconstruction_free(Reconstruction *reconstruction);

/* Add the cells of one level: its autoencoder's input and output, [cells][channels], and the share
 * of defect in each cell. A cell with up to half of defect is of neither kind. */
void reconstruction_add(Reconstruction *reconstruction, int level, int64_t cells,
                        const real *features, const real *rebuilt, const real *shares);

/* The ratio above; NaN if there was no cell of the kind, or no variance. */
double reconstruction_ratio(const Reconstruction *reconstruction, int level, CellKind kind);

#endif
