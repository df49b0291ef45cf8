/* The GPU kernels of hyp/poincare_distance.c. */
#include "cuda/ball_rows.h"

typedef struct PoincareDistance {
    Rows rows;
    int64_t n;
    real c;
    real *d;       /* [rows]; written by forward */
    const real *g; /* [rows]; read by backward */
} PoincareDistance;

static GPU_DEVICE void poincare_distance_forward_row(const PoincareDistance *a, const Row *row) {
    a->d[row->index] = ball_distance(row->in[0], row->in[1], a->n, a->c);
}

ROW_KERNELS(poincare_distance_forward, 2, PoincareDistance)

static GPU_DEVICE void poincare_distance_backward_row(const PoincareDistance *a, const Row *row) {
    ball_distance_backward(row->in[0], row->in[1], a->n, a->c, a->g[row->index], row->out[0],
                           row->out[1]);
}

ROW_KERNELS(poincare_distance_backward, 2, PoincareDistance)

static void launch(const RowKernels *kernels, const Node *node, const RowPart *part) {
    const Shape *shape = &node->inputs[0]->shape;
    const PoincareDistance arguments = { rows_plan(shape_rows(shape), 2, part), shape_last(shape),
                                         ball_curvature(node), node->value.data,
                                         node->gradient.data };
    rows_launch(kernels, &arguments.rows, &arguments);
}

GPU_OP(poincare_distance_forward) {
    const int64_t n = shape_last(&node->inputs[0]->shape);
    const RowPart part[2] = { row_input(node->inputs[0]->value.data, n),
                              row_input(node->inputs[1]->value.data, n) };
    launch(&poincare_distance_forward, node, part);
}

GPU_OP(poincare_distance_backward) {
    const int64_t n = shape_last(&node->inputs[0]->shape);
    const RowPart part[2] = { row_part(node->inputs[0]->value.data, node->input_gradients[0], n),
                              row_part(node->inputs[1]->value.data, node->input_gradients[1], n) };
    launch(&poincare_distance_backward, node, part);
}
