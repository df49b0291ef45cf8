/* hyperplane_block.h - the CPU computation for a block of rows of u, used by
 * hyp/hyperplane/hyperplane_op.c.
 *
 *     forward    along = [u,w] of every row and class; t; outputs
 *     backward   coefficients of every row and class, then du += coefficients w + radius u and
 *                dw += coefficients^T u
 * A block has so few rows that u, du and all intermediate values stay in the first-level cache: u
 * is read from memory once forward and once backward. Intermediate values are stored by class: the
 * values of HYPERPLANE_BLOCK rows side by side, so that the formulas of
 * hyp/hyperplane/hyperplane.h work on vectors of rows. Pairs of a row and a class near the ray of
 * the class's point (hyp/hyperplane/hyperplane_ray.h) are found afterwards and computed singly.
 */
#ifndef HYP_HYPERPLANE_BLOCK_H
#define HYP_HYPERPLANE_BLOCK_H

#include "hyp/hyperplane/hyperplane_finish.h"
#include "tensor/kernels/vector.h"

enum {
    HYPERPLANE_BLOCK = 64,
    /* Classes per backward step: each occupies two vector registers, of w and of dw. */
    HYPERPLANE_GROUP = 6
};

static inline int64_t hyperplane_round_up(int64_t count, int64_t step) {
    return (count + step - 1) / step * step;
}

/* The directions in the layouts of the two passes, padded with zeros. */
typedef struct HyperplaneDirections {
    int64_t classes, dimension;
    int64_t columns; /* classes, in whole vectors */
    int64_t width;   /* dimension, in whole vectors */
    const Hyperplane *planes;
    const real *points, *normals; /* [classes,dimension]; unit normals */
    bool rays;                    /* whether a class has a ray_limit */
    const real *by_dimension;     /* [dimension,columns] */
    const real *by_class;         /* [classes in whole groups,width] */
} HyperplaneDirections;

/* `count` rows of u, at most HYPERPLANE_BLOCK, and their saved values. */
typedef struct HyperplaneBlock {
    int64_t count;
    real c;
    const real *u;   /* [count,dimension] */
    real *arguments; /* [HYPERPLANE_BLOCK]: t */
    real *along;     /* [classes,HYPERPLANE_BLOCK] */
    real *out;       /* [count,classes] */
} HyperplaneBlock;

/* Writes arguments, along (missing rows count as 0) and out. */
void hyperplane_block_forward(const HyperplaneDirections *directions, const HyperplaneBlock *block);

/* The sums of hyperplane_finish over some rows, of all classes in whole groups. */
typedef struct HyperplaneBlockSums {
    real *directions, *offsets, *outputs; /* [classes,width], [classes], [classes] */
    real *across;                         /* [classes,width]; this and the rest NULL: no rays */
    real *normals, *turns, *depths;       /* [classes] */
} HyperplaneBlockSums;

/* The total number of reals, and the layout of the sums among them. */
int64_t hyperplane_sums_count(const HyperplaneDirections *directions);
HyperplaneBlockSums hyperplane_sums_at(const HyperplaneDirections *directions, real *sums);

/* g: [count,classes]. du: [count,dimension], may be NULL. Adds to sums. */
void hyperplane_block_backward(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                               const real *g, Gradient du, real *sums);

#endif
