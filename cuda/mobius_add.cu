/* The GPU kernels of hyp/mobius_add.c. */
#include "cuda/ball_rows.h"

static GPU_DEVICE void mobius_add_forward_row(const BallRows *a, const Row *row) {
    ball_mobius_add(row->in[0], row->in[1], a->n, a->c, row->out[0].data);
}

ROW_KERNELS(mobius_add_forward, 2, BallRows)

static GPU_DEVICE void mobius_add_backward_row(const BallRows *a, const Row *row) {
    ball_mobius_add_backward(row->in[0], row->in[1], a->n, a->c, row->in[2], row->out[0],
                             row->out[1]);
}

ROW_KERNELS(mobius_add_backward, 3, BallRows)

GPU_OP(mobius_add_forward) {
    ball_rows_forward(&mobius_add_forward, node);
}

GPU_OP(mobius_add_backward) {
    ball_rows_backward(&mobius_add_backward, node);
}
