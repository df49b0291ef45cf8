/* linear.h - a linear layer as a 1x1 convolution, on any device. */
#ifndef AUTOGRAD_LINEAR_H
#define AUTOGRAD_LINEAR_H

#include "autograd/graph.h"
#include "tensor/kernels/conv2d_kernels.h"

/* Of 1x1 windows, over an image whose pixels are the rows of x. */
static inline Conv2dShape linear_as_conv2d(const Node *node) {
    const int64_t *weight = node->inputs[1]->shape.size;
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const Conv2dShape shape = { 1, 1, rows, weight[1], weight[0], 1, 1, 1, 0, 1 };
    return shape;
}

#endif
