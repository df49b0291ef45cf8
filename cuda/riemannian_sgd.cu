/* The GPU kernels of hyp/riemannian_sgd.c. */
#include "cuda/row_tile.h"

C_HEADERS_BEGIN
#include "hyp/riemannian.h"
C_HEADERS_END

/* 0: the points, updated; 1: their gradients. */
typedef struct RiemannianSgd {
    Rows rows;
    int64_t n;
    real c;
    const UpdateSettings *settings; /* when its `go` is 0, nothing changes */
} RiemannianSgd;

static GPU_DEVICE void riemannian_sgd_points_row(const RiemannianSgd *a, const Row *row) {
    if (a->settings->go == 0) return;
    riemannian_sgd_update(row->out[0].data, row->in[1], a->n, a->c, a->settings);
}

ROW_KERNELS(riemannian_sgd_points, 2, RiemannianSgd)

GPU_LAUNCHER(riemannian_sgd, const Update *update) {
    const int64_t n = shape_last(&update->shape);
    const RowPart part[2] = { row_part(update->value, row_value(update->value), n),
                              row_input(update->gradient, n) };
    const RiemannianSgd arguments = { rows_plan(shape_rows(&update->shape), 2, part), n,
                                      *(const real *)update->context, update->settings };
    rows_launch(&riemannian_sgd_points, &arguments.rows, &arguments);
}
