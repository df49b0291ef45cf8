/* euclidean_logits.h - the formulas of the op euclidean_logits, shared by CPU and GPU.
 *
 * l_k = 4 [u - p_k, a_k] = [u, 4 a_k] - 4 [p_k, a_k] is a linear layer with weight 4 a and that bias.
 * With M = dl^T u and s = sum of dl over the rows, both of class k:
 *     da_k = 4 (M_k - s_k p_k),   dp_k = -4 s_k a_k
 */
#ifndef HYP_EUCLIDEAN_LOGITS_H
#define HYP_EUCLIDEAN_LOGITS_H

#include "autograd/graph.h"
#include "tensor/kernels/conv2d_kernels.h"

/* The layer of class k: its weight [n], and its bias, returned. */
static inline HD real euclidean_layer(const real *point, const real *normal, int64_t n,
                                      real *weight) {
    real inner = 0;
    for (int64_t i = 0; i < n; i++) {
        inner += point[i] * normal[i];
        weight[i] = 4 * normal[i];
    }
    return -4 * inner;
}

/* The gradients of one coordinate of a normal and a point, from M and s. */
static inline HD real euclidean_normal_gradient(real product, real sum, real point) {
    return 4 * (product - sum * point);
}

static inline HD real euclidean_point_gradient(real sum, real normal) {
    return -4 * sum * normal;
}

/* The layer as a 1x1 convolution, over an image whose pixels are the rows of u. */
static inline Conv2dShape euclidean_as_conv2d(const Node *node) {
    const int64_t *normals = node->inputs[2]->shape.size;
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const Conv2dShape shape = { 1, 1, rows, normals[1], normals[0], 1, 1, 1, 0, 1 };
    return shape;
}

#endif
