/* conv2d.h - the attributes and sizes that conv2d's kernels read from their node, on any device. */
#ifndef AUTOGRAD_CONV2D_H
#define AUTOGRAD_CONV2D_H

#include "autograd/graph.h"
#include "tensor/kernels/conv2d_kernels.h"

typedef struct Conv2d {
    int64_t stride, padding, groups;
} Conv2d;

/* The sizes of a conv2d node, from its inputs x and weight. */
static inline Conv2dShape conv2d_node_shape(const Node *node) {
    const Conv2d *conv = (const Conv2d *)node->attributes;
    const int64_t *x = node->inputs[0]->shape.size, *weight = node->inputs[1]->shape.size;
    Conv2dShape shape = { x[0],      x[1],      x[2],         x[3],          weight[0],
                          weight[1], weight[2], conv->stride, conv->padding, conv->groups };
    return shape;
}

/* Forward and backward on the CPU of a node that is a convolution of this shape, conv2d or linear:
 * of inputs x, weight and, if there is a third, bias. */
void conv2d_node_forward(Node *node, const Conv2dShape *shape);
void conv2d_node_backward(Node *node, const Conv2dShape *shape);

#endif
