/* The GPU kernels of hyp/hyperplane/hyperplane_op.c: passes over rows (cuda/row_tile.h) around
 * products of matrices.
 *
 * The products are exact: s is a difference of terms as large as cosh(2 sc|u|), and the sign of a
 * logit near its hyperplane hangs on digits that tf32 does not keep.
 *
 * The gradients of the offset and weight of each class are summed over a tile as soon as its rows
 * are done, or are one part per row where rows are not tiled; then over all parts.
 *
 * Pairs near the ray of a class's point do not take part in the products: their coefficients are 0,
 * and cuda/hyperplane_rays.cu adds their gradients.
 */
#include "cuda/block_sum.h"
#include "cuda/column_sums.h"
#include "cuda/hyperplane_rays.h"
#include "cuda/product/gpu_gemm.h"
#include "cuda/row_tile.h"

C_HEADERS_BEGIN
#include "hyp/hyperplane/hyperplane_op.h"
#include "hyp/ops.h"
C_HEADERS_END

/* ---- Forward ---- */

/* Rows are classes: 0 the normals, replaced by the unit normals; 1 the points, copied; 2 the
 * directions. */
typedef struct HyperplanePrepare {
    Rows rows;
    int64_t n;
    real c;
    bool logit;
    Hyperplane *planes;
} HyperplanePrepare;

static GPU_DEVICE void hyperplane_prepare_classes_row(const HyperplanePrepare *a, const Row *row) {
    const real *normal = row->in[0], *point = row->in[1];
    a->planes[row->index] =
        hyperplane_prepare(point, normal, a->n, a->c, a->logit, row->out[0].data, row->out[2].data);
    for (int64_t i = 0; i < a->n; i++) row->out[1].data[i] = point[i];
}

ROW_KERNELS(hyperplane_prepare_classes, 3, HyperplanePrepare)

/* Rows are those of u: 0 u itself, 1 its products with the directions, 2 the output. */
typedef struct HyperplaneForward {
    Rows rows;
    int64_t n, classes;
    real c;
    const Hyperplane *planes;
    const real *points, *normals;
    real *arguments;
} HyperplaneForward;

/* s~ of one row and class, in the form that keeps its digits. ray: whether they are near. */
static GPU_DEVICE real hyperplane_scaled_of(const real *u, const real *p, const real *unit_normal,
                                            int64_t n, real c, const HyperplaneRow *row,
                                            const Hyperplane *plane, real along,
                                            HyperplaneRay *ray) {
    const real scaled = hyperplane_scaled_sinh(row, plane, along);
    ray->near = false;
    if (!hyperplane_cancels(plane, scaled)) return scaled;
    *ray = hyperplane_ray(u, p, unit_normal, n, plane);
    return ray->near ? hyperplane_ray_sinh(row, plane, ray, c) : scaled;
}

static GPU_DEVICE void hyperplane_forward_row(const HyperplaneForward *a, const Row *row) {
    const HyperplaneRow u = hyperplane_row(hyperplane_argument(row->in[0], a->n, a->c));
    a->arguments[row->index] = u.t;
    for (int64_t k = 0; k < a->classes; k++) {
        HyperplaneRay ray;
        const Hyperplane plane = a->planes[k];
        const real scaled =
            hyperplane_scaled_of(row->in[0], a->points + k * a->n, a->normals + k * a->n, a->n,
                                 a->c, &u, &plane, row->in[1][k], &ray);
        row->out[2].data[k] = plane.weight * hyperplane_asinh(scaled, &u);
    }
}

ROW_KERNELS(hyperplane_forward, 3, HyperplaneForward)

static GpuMatrix matrix(const real *data, int64_t stride, bool transposed) {
    const GpuMatrix view = { data, stride, transposed };
    return view;
}

static void prepare(const Node *node, const HyperplaneBuffers *buffers) {
    const int64_t n = buffers->dimension;
    const RowPart part[3] = { row_part(node->inputs[2]->value.data, row_value(buffers->normals), n),
                              row_part(node->inputs[1]->value.data, row_value(buffers->points), n),
                              row_part(NULL, row_value(buffers->directions), n) };
    const HyperplanePrepare arguments = { rows_plan(buffers->classes, 3, part), n,
                                          ball_curvature(node), hyperplane_is_logit(node),
                                          buffers->planes };
    rows_launch(&hyperplane_prepare_classes, &arguments.rows, &arguments);
}

GPU_OP(hyperplane_forward) {
    const HyperplaneBuffers buffers = hyperplane_buffers(node);
    const int64_t n = buffers.dimension, classes = buffers.classes, rows = buffers.rows;
    const real *u = node->inputs[0]->value.data;
    prepare(node, &buffers);
    gpu_gemm_exact(rows, classes, n, matrix(u, n, false), matrix(buffers.directions, n, true),
                   buffers.along, classes, false, NULL);
    const RowPart part[3] = { row_input(u, n), row_input(buffers.along, classes),
                              row_part(NULL, row_value(node->value.data), classes) };
    const HyperplaneForward arguments = { rows_plan(rows, 3, part),
                                          n,
                                          classes,
                                          ball_curvature(node),
                                          buffers.planes,
                                          buffers.points,
                                          buffers.normals,
                                          buffers.arguments };
    rows_launch(&hyperplane_forward, &arguments.rows, &arguments);
}

/* ---- Backward, over the rows of u ---- */

/* 0: u, replaced by the part of du along u. 1: products, replaced by coefficients. 2: the gradient
 * of the output. 3: shares of the class sums, of the offsets and then of the outputs. */
typedef struct HyperplaneBackward {
    Rows rows;
    int64_t n, classes;
    real c;
    const Hyperplane *planes;
    const real *points, *normals;
    real *sums; /* [parts,2K] */
} HyperplaneBackward;

static GPU_DEVICE void hyperplane_backward_row(const HyperplaneBackward *a, const Row *row) {
    const int64_t classes = a->classes;
    const real *u = row->in[0], *along = row->in[1], *g = row->in[2];
    real *coefficients = row->out[1].data, *shares = row->out[3].data, radius = 0;
    const HyperplaneRow of_u = hyperplane_row(hyperplane_argument(u, a->n, a->c));
    for (int64_t k = 0; k < classes; k++) {
        HyperplaneRay ray;
        const Hyperplane plane = a->planes[k];
        const real scaled = hyperplane_scaled_of(u, a->points + k * a->n, a->normals + k * a->n,
                                                 a->n, a->c, &of_u, &plane, along[k], &ray);
        const HyperplaneGradient gradient =
            hyperplane_backward(&of_u, &plane, along[k], a->c, ray.near ? 0 : g[k]);
        coefficients[k] = gradient.of_direction;
        shares[k] = gradient.of_offset;
        shares[classes + k] = g[k] * plane.weight * hyperplane_asinh(scaled, &of_u);
        radius += gradient.of_radius;
    }
    if (!row->out[0].data) return;
    for (int64_t i = 0; i < a->n; i++) gradient_store(row->out[0], i, radius * u[i]);
}

/* The sums over the rows of a tile, a column per warp. */
static GPU_DEVICE void hyperplane_tile_sums(const HyperplaneBackward *a, const RowTile *tile) {
    const RowPart *part = &a->rows.part[3];
    const int columns = (int)part->width, stride = columns | 1, count = row_tile_count(&a->rows);
    const int lane = gpu_thread() % GPU_WARP;
    for (int column = gpu_thread() / GPU_WARP; column < columns;
         column += ROW_TILE_THREADS / GPU_WARP) {
        real sum = 0;
        for (int row = lane; row < count; row += GPU_WARP)
            sum += tile->reals[part->start + row * stride + column];
        sum = gpu_warp_sum(sum);
        if (lane == 0) a->sums[(int64_t)gpu_block() * columns + column] = sum;
    }
}

GPU_KERNEL_SHARED(hyperplane_backward_in_tiles, ROW_TILE_THREADS, HyperplaneBackward, RowTile) {
    Row row;
    row_tile_load(&a->rows, 3, shared);
    if (row_in_tile(&a->rows, 4, shared, &row)) hyperplane_backward_row(a, &row);
    row_tile_store(&a->rows, 2, shared);
    hyperplane_tile_sums(a, shared);
}

GPU_KERNEL(hyperplane_backward_in_memory, ROW_TILE_THREADS, HyperplaneBackward) {
    Row row;
    if (row_in_memory(&a->rows, 4, &row)) hyperplane_backward_row(a, &row);
}

/* ---- Backward, over the classes ---- */

/* Rows are classes. 0: sums of the directions, replaced by dp; 1: unit normals, replaced by da;
 * 2: points; 3: sums across of pairs near a ray. */
typedef struct HyperplaneFinish {
    Rows rows;
    int64_t n;
    real c;
    bool logit;
    const Hyperplane *planes;
    const real *totals; /* [2K]: offsets, then outputs */
    const real *rays;   /* [K,3]: normal, turn, depth */
} HyperplaneFinish;

static GPU_DEVICE void hyperplane_finish_classes_row(const HyperplaneFinish *a, const Row *row) {
    const Hyperplane plane = a->planes[row->index];
    const real *rays = a->rays + 3 * row->index;
    const HyperplaneSums sums = { row->in[0],
                                  a->totals[row->index],
                                  a->totals[a->rows.count + row->index],
                                  plane.ray_limit > 0 ? row->in[3] : NULL,
                                  rays[0],
                                  rays[1],
                                  rays[2] };
    hyperplane_finish(&plane, row->in[2], row->in[1], a->n, a->c, a->logit, &sums, row->out[0],
                      row->out[1]);
}

ROW_KERNELS(hyperplane_finish_classes, 4, HyperplaneFinish)

/* rays: [K,n] sums across, then [K,3] numbers. */
static void finish(const Node *node, const HyperplaneBuffers *buffers, const real *totals,
                   const real *rays) {
    const int64_t n = buffers->dimension;
    const RowPart part[4] = { row_part(buffers->sums, node->input_gradients[1], n),
                              row_part(buffers->normals, node->input_gradients[2], n),
                              row_input(buffers->points, n), row_input(rays, n) };
    const HyperplaneFinish arguments = { rows_plan(buffers->classes, 4, part),
                                         n,
                                         ball_curvature(node),
                                         hyperplane_is_logit(node),
                                         buffers->planes,
                                         totals,
                                         rays + buffers->classes * n };
    rows_launch(&hyperplane_finish_classes, &arguments.rows, &arguments);
}

/* The gradients of the classes, from the coefficients of all pairs but those near a ray. */
static void finish_classes(const Node *node, const HyperplaneBuffers *buffers,
                           const real *coefficients, const real *totals, HyperplaneRays *rays) {
    const int64_t n = buffers->dimension, classes = buffers->classes, count = classes * (n + 3);
    Tensor sums = gpu_scratch((rays->chunks + 1) * count);
    real *of_rays = sums.data + rays->chunks * count;
    rays->sums = sums.data;
    hyperplane_rays_sums(rays);
    gpu_column_sums(rays->chunks, count, sums.data, NULL, row_value(of_rays));
    gpu_gemm_exact(classes, n, buffers->rows, matrix(coefficients, classes, true),
                   matrix(rays->u, n, false), buffers->sums, n, false, NULL);
    finish(node, buffers, totals, of_rays);
    tensor_release(&sums);
}

GPU_OP(hyperplane_backward) {
    static const RowKernels over_rows = { &hyperplane_backward_in_tiles,
                                          &hyperplane_backward_in_memory };
    const HyperplaneBuffers buffers = hyperplane_buffers(node);
    const int64_t n = buffers.dimension, rows = buffers.rows, classes = buffers.classes;
    const real *u = node->inputs[0]->value.data;
    const Gradient *gradients = node->input_gradients;
    Tensor scratch = gpu_scratch(rows * classes);
    real *coefficients = scratch.data;
    const RowPart part[4] = { row_part(u, gradients[0], n),
                              row_part(buffers.along, row_value(coefficients), classes),
                              row_input(node->gradient.data, classes),
                              row_input(NULL, 2 * classes) };
    HyperplaneBackward arguments = { rows_plan(rows, 4, part),
                                     n,
                                     classes,
                                     ball_curvature(node),
                                     buffers.planes,
                                     buffers.points,
                                     buffers.normals,
                                     NULL };
    const bool tiled = arguments.rows.tile_rows != 0;
    const int64_t parts = tiled ? rows_blocks(&arguments.rows) : rows;
    Tensor sums = gpu_scratch((parts + 1) * 2 * classes);
    real *totals = sums.data + parts * 2 * classes;
    arguments.sums = sums.data;
    if (!tiled) arguments.rows.part[3].to = row_value(sums.data);
    rows_launch(&over_rows, &arguments.rows, &arguments);

    HyperplaneRays rays = { rows,
                            n,
                            classes,
                            hyperplane_rays_chunks(rows),
                            ball_curvature(node),
                            buffers.planes,
                            u,
                            buffers.points,
                            buffers.normals,
                            buffers.arguments,
                            buffers.along,
                            node->gradient.data,
                            gradients[0].data,
                            NULL };
    if (gradients[0].data) {
        gpu_gemm_exact(rows, n, classes, matrix(coefficients, classes, false),
                       matrix(buffers.directions, n, false), gradients[0].data, n, true, NULL);
        hyperplane_rays_rows(&rays);
    }
    if (gradients[1].data || gradients[2].data) {
        gpu_column_sums(parts, 2 * classes, sums.data, NULL, row_value(totals));
        finish_classes(node, &buffers, coefficients, totals, &rays);
    }
    tensor_release(&sums);
    tensor_release(&scratch);
}
