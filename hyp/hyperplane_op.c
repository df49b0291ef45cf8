#include "hyp/hyperplane_op.h"

#include "autograd/reduce.h"
#include "hyp/textbook.h"
#include "tensor/gemm.h"

#include <string.h>

enum { PLANE_REALS = sizeof(Hyperplane) / sizeof(real) };

bool hyperplane_shape(Node *node, Error *error) {
    const Shape *u = &node->inputs[0]->shape, *points = &node->inputs[1]->shape;
    const int64_t dimension = shape_last(u), rows = shape_rows(u), classes = points->size[0];
    if (u->rank == 0) return error_set(error, "a scalar is no vector");
    if (points->rank != 2 || points->size[1] != dimension)
        return error_set(error, "points must be [classes,%lld], as the vectors have %lld channels",
                         (long long)dimension, (long long)dimension);
    if (!shape_equal(points, &node->inputs[2]->shape))
        return error_set(error, "points and normals must have one shape");
    if (!curvature_accept(ball_curvature(node), error)) return false;
    node->shape = *u;
    node->shape.size[u->rank - 1] = classes;
    node_save(node, shape_1(classes * (4 * dimension + PLANE_REALS)));
    node_save(node, shape_2(rows, 2 * classes));
    node_save(node, shape_2(rows, 2 * classes));
    node_save(node, shape_2((rows + HYPERPLANE_CHUNK - 1) / HYPERPLANE_CHUNK, 2 * classes));
    return true;
}

HyperplaneBuffers hyperplane_buffers(const Node *node) {
    HyperplaneBuffers buffers;
    const Shape *u = &node->inputs[0]->shape;
    buffers.rows = shape_rows(u);
    buffers.dimension = shape_last(u);
    buffers.classes = node->inputs[1]->shape.size[0];
    buffers.chunks = (buffers.rows + HYPERPLANE_CHUNK - 1) / HYPERPLANE_CHUNK;
    buffers.directions = node->saved[0].data;
    buffers.sums = buffers.directions + 2 * buffers.classes * buffers.dimension;
    buffers.planes = (Hyperplane *)(buffers.sums + 2 * buffers.classes * buffers.dimension);
    buffers.products = node->saved[1].data;
    buffers.coefficients = node->saved[2].data;
    buffers.chunk_sums = node->saved[3].data;
    return buffers;
}

void hyperplane_forward_cpu(Node *node, bool logit) {
    const HyperplaneBuffers buffers = hyperplane_buffers(node);
    const int64_t classes = buffers.classes, n = buffers.dimension, rows = buffers.rows;
    const real c = ball_curvature(node), *u = node->inputs[0]->value.data;
    const real *points = node->inputs[1]->value.data, *normals = node->inputs[2]->value.data;
    for (int64_t k = 0; k < classes; k++)
        buffers.planes[k] = hyperplane_prepare(points + k * n, normals + k * n, n, c, logit,
                                               buffers.directions + k * n);
    memcpy(buffers.directions + classes * n, points, (size_t)(classes * n) * sizeof *points);
    gemm(rows, 2 * classes, n, gemm_matrix(u, n), gemm_transposed(buffers.directions, n),
         buffers.products, 2 * classes, false, NULL);

    real *out = node->value.data;
#pragma omp parallel for schedule(static) if (rows * n >= PARALLEL_MINIMUM)
    for (int64_t i = 0; i < rows; i++) {
        const HyperplaneRow row = hyperplane_row(hyperplane_argument(u + i * n, n, c));
        const real *products = buffers.products + i * 2 * classes;
        for (int64_t k = 0; k < classes; k++) {
            const Hyperplane *plane = &buffers.planes[k];
            const real scaled =
                hyperplane_scaled_sinh(&row, plane, products[k], products[classes + k], c);
            out[i * classes + k] = plane->weight * hyperplane_asinh(scaled, &row);
        }
    }
}

/* One row: its coefficients, its shares of the class sums, and the part of du along u itself. */
static void backward_row(const Node *node, const HyperplaneBuffers *buffers, int64_t i,
                         real *chunk_sums) {
    const int64_t classes = buffers->classes, n = buffers->dimension;
    const real c = ball_curvature(node), *u = node->inputs[0]->value.data + i * n;
    const real *g = node->gradient.data + i * classes;
    const real *products = buffers->products + i * 2 * classes;
    real *coefficients = buffers->coefficients + i * 2 * classes, radius = 0;
    const HyperplaneRow row = hyperplane_row(hyperplane_argument(u, n, c));
    for (int64_t k = 0; k < classes; k++) {
        const HyperplaneGradient gradient = hyperplane_backward(
            &row, &buffers->planes[k], products[k], products[classes + k], c, g[k]);
        coefficients[k] = gradient.of_normal;
        coefficients[classes + k] = gradient.of_point;
        chunk_sums[k] += gradient.of_offset;
        chunk_sums[classes + k] += gradient.of_weight;
        radius += gradient.of_radius;
    }
    const Gradient du = gradient_row(node->input_gradients[0], i * n);
    for (int64_t j = 0; du.data && j < n; j++) gradient_store(du, j, radius * u[j]);
}

void hyperplane_backward_cpu(Node *node, bool logit) {
    const HyperplaneBuffers buffers = hyperplane_buffers(node);
    const int64_t classes = buffers.classes, n = buffers.dimension, rows = buffers.rows;
    const real *u = node->inputs[0]->value.data;
    const Gradient *gradients = node->input_gradients;
    tensor_zero(&node->saved[3]);
#pragma omp parallel for schedule(static) if (rows * n >= PARALLEL_MINIMUM)
    for (int64_t chunk = 0; chunk < buffers.chunks; chunk++) {
        const int64_t begin = chunk * HYPERPLANE_CHUNK, end = begin + HYPERPLANE_CHUNK;
        for (int64_t i = begin; i < (end < rows ? end : rows); i++)
            backward_row(node, &buffers, i, buffers.chunk_sums + chunk * 2 * classes);
    }
    if (gradients[0].data)
        gemm(rows, n, 2 * classes, gemm_matrix(buffers.coefficients, 2 * classes),
             gemm_matrix(buffers.directions, n), gradients[0].data, n, true, NULL);
    if (!gradients[1].data && !gradients[2].data) return;

    gemm(2 * classes, n, rows, gemm_transposed(buffers.coefficients, 2 * classes),
         gemm_matrix(u, n), buffers.sums, n, false, NULL);
    for (int64_t k = 0; k < classes; k++) {
        const real *normal = buffers.directions + k * n, *point = normal + classes * n;
        const real *normal_sum = buffers.sums + k * n, *point_sum = normal_sum + classes * n;
        const real offset_sum =
            reduce_pairwise(buffers.chunk_sums + k, buffers.chunks, 2 * classes);
        const real weight_sum =
            reduce_pairwise(buffers.chunk_sums + classes + k, buffers.chunks, 2 * classes);
        hyperplane_finish(&buffers.planes[k], point, normal, n, ball_curvature(node), logit,
                          normal_sum, point_sum, offset_sum, weight_sum,
                          gradient_row(gradients[1], k * n), gradient_row(gradients[2], k * n));
    }
}

int64_t hyperplane_multiply_adds(const Node *node) {
    const int64_t classes = node->inputs[1]->shape.size[0];
    return shape_elements(&node->inputs[0]->shape) * 2 * classes;
}

void hyperplane_oracle(const Node *node, bool logit, double *out) {
    const int64_t n = shape_last(&node->inputs[0]->shape);
    const int64_t rows = shape_rows(&node->inputs[0]->shape), classes = shape_last(&node->shape);
    const double c = (double)ball_curvature(node);
    double u[TEXTBOOK_MAX], p[TEXTBOOK_MAX], a[TEXTBOOK_MAX];
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < classes; k++) {
            textbook_row(node->inputs[0]->value.data + i * n, n, u);
            textbook_row(node->inputs[1]->value.data + k * n, n, p);
            textbook_row(node->inputs[2]->value.data + k * n, n, a);
            double distance = textbook_hyperplane_distance(u, p, a, n, c);
            if (logit) distance *= textbook_conformal_factor(p, n, c) * sqrt(textbook_dot(a, a, n));
            out[i * classes + k] = distance;
        }
}
