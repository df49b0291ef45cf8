/* The GPU kernels of hyp/exp_map.c. */
#include "cuda/ball_rows.h"

static GPU_DEVICE void exp_map_forward_row(const BallRows *a, const Row *row) {
    ball_exp_map(row->in[0], row->in[1], a->n, a->c, row->out[0].data);
}

ROW_KERNELS(exp_map_forward, 2, BallRows)

static GPU_DEVICE void exp_map_backward_row(const BallRows *a, const Row *row) {
    ball_exp_map_backward(row->in[0], row->in[1], a->n, a->c, row->in[2], row->out[0], row->out[1]);
}

ROW_KERNELS(exp_map_backward, 3, BallRows)

GPU_OP(exp_map_forward) {
    ball_rows_forward(&exp_map_forward, node);
}

GPU_OP(exp_map_backward) {
    ball_rows_backward(&exp_map_backward, node);
}
