/* The GPU kernels of hyp/log_map_zero.c. */
#include "cuda/ball_rows.h"

static GPU_DEVICE void log_map_zero_forward_row(const BallRows *a, const Row *row) {
    ball_log_map_zero(row->in[0], a->n, a->c, row->out[0].data);
}

ROW_KERNELS(log_map_zero_forward, 1, BallRows)

static GPU_DEVICE void log_map_zero_backward_row(const BallRows *a, const Row *row) {
    ball_log_map_zero_backward(row->in[0], a->n, a->c, row->in[1], row->out[0]);
}

ROW_KERNELS(log_map_zero_backward, 2, BallRows)

GPU_OP(log_map_zero_forward) {
    ball_rows_forward(&log_map_zero_forward, node);
}

GPU_OP(log_map_zero_backward) {
    ball_rows_backward(&log_map_zero_backward, node);
}
