/* ball_rows.h - code shared by the GPU kernels of ops on rows of the Poincare ball. */
#ifndef CUDA_BALL_ROWS_H
#define CUDA_BALL_ROWS_H

#include "cuda/row_tile.h"

C_HEADERS_BEGIN
#include "hyp/ball_maps.h"
#include "hyp/ops.h"
#include "hyp/row_op.h"
C_HEADERS_END

typedef struct BallRows {
    Rows rows;
    int64_t n;
    real c;
} BallRows;

/* Launch a kernel on all rows of the inputs of a node, which have one shape. */
static inline void ball_rows_launch(const RowKernels *kernels, const Node *node, int parts,
                                    const RowPart *part) {
    const Shape *shape = &node->inputs[0]->shape;
    const BallRows arguments = { rows_plan(shape_rows(shape), parts, part), shape_last(shape),
                                 ball_curvature(node) };
    rows_launch(kernels, &arguments.rows, &arguments);
}

/* y = f(x), or y = f(x0, x1). */
static inline void ball_rows_forward(const RowKernels *kernels, const Node *node) {
    const int64_t n = shape_last(&node->shape);
    RowPart part[2];
    for (int i = 0; i < node->input_count; i++) part[i] = row_input(node->inputs[i]->value.data, n);
    part[0].to = row_value(node->value.data);
    ball_rows_launch(kernels, node, node->input_count, part);
}

/* The inputs, whose gradients take their places, then the gradient of y. */
static inline void ball_rows_backward(const RowKernels *kernels, const Node *node) {
    const int64_t n = shape_last(&node->shape);
    const int inputs = node->input_count;
    RowPart part[3];
    for (int i = 0; i < inputs; i++)
        part[i] = row_part(node->inputs[i]->value.data, node->input_gradients[i], n);
    part[inputs] = row_input(node->gradient.data, n);
    ball_rows_launch(kernels, node, inputs + 1, part);
}

#endif
