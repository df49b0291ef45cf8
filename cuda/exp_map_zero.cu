/* The GPU kernels of hyp/exp_map_zero.c. */
#include "cuda/ball_rows.h"

static GPU_DEVICE void exp_map_zero_forward_row(const BallRows *a, const Row *row) {
    ball_exp_map_zero(row->in[0], a->n, a->c, row->out[0].data);
}

ROW_KERNELS(exp_map_zero_forward, 1, BallRows)

static GPU_DEVICE void exp_map_zero_backward_row(const BallRows *a, const Row *row) {
    ball_exp_map_zero_backward(row->in[0], a->n, a->c, row->in[1], row->out[0]);
}

ROW_KERNELS(exp_map_zero_backward, 2, BallRows)

GPU_OP(exp_map_zero_forward) {
    ball_rows_forward(&exp_map_zero_forward, node);
}

GPU_OP(exp_map_zero_backward) {
    ball_rows_backward(&exp_map_zero_backward, node);
}
