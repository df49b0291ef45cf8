/* The GPU kernels of hyp/riemannian_adam.c. */
#include "cuda/row_tile.h"

C_HEADERS_BEGIN
#include "hyp/riemannian.h"
C_HEADERS_END

/* 0: the points, updated; 1: their first moments, transported; 2: their gradients; 3: scratch
 * memory for the new points. */
typedef struct RiemannianAdam {
    Rows rows;
    int64_t n;
    real c;
    real *second_moments;           /* one per row */
    const UpdateSettings *settings; /* when its `go` is 0, nothing changes */
} RiemannianAdam;

static GPU_DEVICE void riemannian_adam_points_row(const RiemannianAdam *a, const Row *row) {
    if (a->settings->go == 0) return;
    riemannian_adam_update(row->out[0].data, row->in[2], row->out[1].data,
                           a->second_moments + row->index, a->n, a->c, a->settings,
                           row->out[3].data);
}

ROW_KERNELS(riemannian_adam_points, 4, RiemannianAdam)

GPU_LAUNCHER(riemannian_adam, const Update *update) {
    const int64_t n = shape_last(&update->shape), rows = shape_rows(&update->shape);
    const RowPart part[4] = { row_part(update->value, row_value(update->value), n),
                              row_part(update->moments[0], row_value(update->moments[0]), n),
                              row_input(update->gradient, n), row_input(NULL, n) };
    RiemannianAdam arguments = { rows_plan(rows, 4, part), n, *(const real *)update->context,
                                 update->moments[1], update->settings };
    const bool tiled = arguments.rows.tile_rows != 0; /* the room is then in the tile */
    Tensor scratch = gpu_scratch(tiled ? 1 : rows * n);
    if (!tiled) arguments.rows.part[3].to = row_value(scratch.data);
    rows_launch(&riemannian_adam_points, &arguments.rows, &arguments);
    tensor_release(&scratch);
}
