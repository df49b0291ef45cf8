/* The GPU kernels of hyp/log_map.c. */
#include "cuda/ball_rows.h"

static GPU_DEVICE void log_map_forward_row(const BallRows *a, const Row *row) {
    ball_log_map(row->in[0], row->in[1], a->n, a->c, row->out[0].data);
}

ROW_KERNELS(log_map_forward, 2, BallRows)

static GPU_DEVICE void log_map_backward_row(const BallRows *a, const Row *row) {
    ball_log_map_backward(row->in[0], row->in[1], a->n, a->c, row->in[2], row->out[0], row->out[1]);
}

ROW_KERNELS(log_map_backward, 3, BallRows)

GPU_OP(log_map_forward) {
    ball_rows_forward(&log_map_forward, node);
}

GPU_OP(log_map_backward) {
    ball_rows_backward(&log_map_backward, node);
}
