/* hyperplane_op.h - the kernels of hyperplane_logits and hyperplane_distances, which differ in the
 * weight of each output and its gradient alone.
 *
 * u [...,D], points [K,D] and normals [K,D] give [...,K]. The work is matrix products around one
 * pass over the rows that holds all the geometry (hyp/hyperplane.h):
 *     forward    [N|M] = u [unit normals; points]^T, then asinh(...) per row and class
 *     backward   per row and class the two coefficients of du, then
 *                du = [coefficients] [unit normals; points] + radius u
 *                [normal_sum; point_sum] = [coefficients]^T u, and hyperplane_finish per class
 * Sums over rows of scalars run in chunks of HYPERPLANE_CHUNK rows, and those are added pairwise.
 */
#ifndef HYP_HYPERPLANE_OP_H
#define HYP_HYPERPLANE_OP_H

#include "hyp/hyperplane.h"
#include "hyp/row_op.h"

enum { HYPERPLANE_CHUNK = 256 };

/* The shape rule; reserves the four saved tensors. */
bool hyperplane_shape(Node *node, Error *error);

/* What forward leaves for backward, and where backward keeps its coefficients. */
typedef struct HyperplaneBuffers {
    int64_t rows, classes, dimension, chunks;
    Hyperplane *planes; /* [K]; saved 0, as are the next two */
    real *directions;   /* [2K,D]: unit normals, then points */
    real *sums;         /* [2K,D]: gradients of the directions */
    real *products;     /* saved 1: [rows,2K]: N, then M */
    real *coefficients; /* saved 2: [rows,2K]: of the unit normals, then of the points */
    real *chunk_sums;   /* saved 3: [chunks,2K]: offsets, then weights */
} HyperplaneBuffers;

HyperplaneBuffers hyperplane_buffers(const Node *node);

void hyperplane_forward_cpu(Node *node, bool logit);
void hyperplane_backward_cpu(Node *node, bool logit);

int64_t hyperplane_multiply_adds(const Node *node);

/* The naive form of the forward pass, in double. */
void hyperplane_oracle(const Node *node, bool logit, double *out);

#endif
