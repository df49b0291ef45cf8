/* hyperplane_op.h - attributes and buffers of the ops hyperplane_logits and hyperplane_distances,
 * which differ only in the weight of each output and its gradient.
 *
 * u [...,D], points [K,D] and normals [K,D] give [...,K]. All that couples rows and classes is a
 * product of matrices (hyp/hyperplane/hyperplane.h has the formulas):
 *     forward    along = u w^T, then asinh(...) per row and class
 *     backward   per row and class the coefficient of u and w, then
 *                du = coefficients w + radius u
 *                dw = coefficients^T u, and hyperplane_finish per class
 * On the CPU one pass over blocks of rows does it all (hyp/hyperplane/hyperplane_block.h). Rows are
 * summed in chunks of HYPERPLANE_CHUNK, and the chunks' sums are added pairwise.
 */
#ifndef HYP_HYPERPLANE_OP_H
#define HYP_HYPERPLANE_OP_H

#include "hyp/hyperplane/hyperplane_finish.h"
#include "hyp/row_op.h"
#include "tensor/public.h"

typedef struct HyperplaneAttributes {
    BallAttributes ball;
    bool logit; /* logits; false: distances */
} HyperplaneAttributes;

static inline bool hyperplane_is_logit(const Node *node) {
    return ((const HyperplaneAttributes *)node->attributes)->logit;
}

/* The values that forward saves for backward. The CPU stores arguments and along by blocks of rows,
 * padded to whole blocks: along is [blocks,K,HYPERPLANE_BLOCK] there. */
typedef struct HyperplaneBuffers {
    int64_t rows, classes, dimension;
    real *normals;      /* [K,D]: the unit normals; saved 0, as are the next four */
    real *points;       /* [K,D] */
    real *directions;   /* [K,D]: w */
    real *sums;         /* [K,D]: dw */
    Hyperplane *planes; /* [K] */
    real *arguments;    /* [rows]: t; saved 1 */
    real *along;        /* [rows,K]: [u,w]; saved 2 */
} HyperplaneBuffers;

/* Whether u is [...,D], and points and normals are [K,D], K > 0; sets the node's shape, [...,K]. */
bool hyperplane_inputs_accept(Node *node, Error *error);

FOR_GPU_KERNELS HyperplaneBuffers hyperplane_buffers(const Node *node);

#endif
