/* row_op.h - helpers shared by the ops on rows of the Poincare ball. */
#ifndef HYP_ROW_OP_H
#define HYP_ROW_OP_H

#include "autograd/graph.h"

/* The attributes of most hyperbolic ops. */
typedef struct BallAttributes {
    real curvature; /* c > 0: the ball is c|x|^2 < 1, of sectional curvature -c */
} BallAttributes;

static inline real ball_curvature(const Node *node) {
    return ((const BallAttributes *)node->attributes)->curvature;
}

/* Whether c is positive; if not, the error says so. */
static inline bool curvature_accept(real c, Error *error) {
    return (c > 0 && c <= REAL_MAX) ||
           error_set(error, "the curvature must be a positive number, found %g", (double)c);
}

/* The shape rule of ops whose output and inputs all have one shape. */
static inline bool ball_same_shape(Node *node, Error *error) {
    node->shape = node->inputs[0]->shape;
    for (int i = 1; i < node->input_count; i++)
        if (!shape_equal(&node->shape, &node->inputs[i]->shape))
            return error_set(error, "the shapes must be equal");
    return curvature_accept(ball_curvature(node), error);
}

/* The gradient of the row starting at an element; NULL data stays NULL. */
static inline HD Gradient gradient_row(Gradient gradient, int64_t start) {
    if (gradient.data) gradient.data += start;
    return gradient;
}

#endif
