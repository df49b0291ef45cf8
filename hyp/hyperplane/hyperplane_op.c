#include "hyp/hyperplane/hyperplane_op.h"

#include "hyp/hyperplane/hyperplane_block.h"
#include "hyp/textbook.h"
#include "tensor/workspace.h"

#include <string.h>

enum {
    PLANE_REALS = sizeof(Hyperplane) / sizeof(real),
    HYPERPLANE_CHUNK = 4 * HYPERPLANE_BLOCK /* rows that are summed one after the other */
};

bool hyperplane_shape(Node *node, Error *error) {
    const Shape *u = &node->inputs[0]->shape, *points = &node->inputs[1]->shape;
    const int64_t dimension = shape_last(u), rows = shape_rows(u), classes = points->size[0];
    if (u->rank == 0) return error_set(error, "a scalar is no vector");
    if (points->rank != 2 || points->size[1] != dimension)
        return error_set(error, "points must be [classes,%lld], as the vectors have %lld channels",
                         (long long)dimension, (long long)dimension);
    if (classes == 0) return error_set(error, "there are no classes");
    if (!shape_equal(points, &node->inputs[2]->shape))
        return error_set(error, "points and normals must have one shape");
    if (!curvature_accept(ball_curvature(node), error)) return false;
    node->shape = *u;
    node->shape.size[u->rank - 1] = classes;
    const int64_t room = hyperplane_round_up(rows, HYPERPLANE_BLOCK);
    node_save(node, shape_1(classes * (4 * dimension + PLANE_REALS)));
    node_save(node, shape_1(room));
    node_save(node, shape_2(room, classes));
    return true;
}

HyperplaneBuffers hyperplane_buffers(const Node *node) {
    HyperplaneBuffers buffers;
    const Shape *u = &node->inputs[0]->shape;
    buffers.rows = shape_rows(u);
    buffers.dimension = shape_last(u);
    buffers.classes = node->inputs[1]->shape.size[0];
    const int64_t matrix = buffers.classes * buffers.dimension;
    buffers.normals = node->saved[0].data;
    buffers.points = buffers.normals + matrix;
    buffers.directions = buffers.points + matrix;
    buffers.sums = buffers.directions + matrix;
    buffers.planes = (Hyperplane *)(buffers.sums + matrix);
    buffers.arguments = node->saved[1].data;
    buffers.along = node->saved[2].data;
    return buffers;
}

/* Both forms of the directions, and room behind them for `sums` sets of sums, not yet zero: all in
 * one workspace. */
static HyperplaneDirections prepare_directions(const HyperplaneBuffers *buffers, int64_t sums,
                                               real **behind) {
    const int64_t n = buffers->dimension, classes = buffers->classes;
    HyperplaneDirections directions = {
        .classes = classes,
        .dimension = n,
        .columns = hyperplane_round_up(classes, VECTOR_LANES),
        .width = hyperplane_round_up(n, VECTOR_LANES),
        .planes = buffers->planes,
        .points = buffers->points,
        .normals = buffers->normals,
    };
    for (int64_t k = 0; k < classes; k++) directions.rays |= buffers->planes[k].ray_limit > 0;
    const int64_t rows = hyperplane_round_up(classes, HYPERPLANE_GROUP);
    const int64_t first = n * directions.columns, second = rows * directions.width;
    real *room = workspace_reals(WORKSPACE_HYPERPLANES,
                                 first + second + sums * hyperplane_sums_count(&directions));
    vector_clear(room, first + second);
    for (int64_t k = 0; k < classes; k++)
        for (int64_t i = 0; i < n; i++)
            room[i * directions.columns + k] = room[first + k * directions.width + i] =
                buffers->directions[k * n + i];
    directions.by_dimension = room;
    directions.by_class = room + first;
    *behind = room + first + second;
    return directions;
}

/* The block of rows that starts at row `first`. */
static HyperplaneBlock block_at(const Node *node, const HyperplaneBuffers *buffers, int64_t first) {
    const int64_t left = buffers->rows - first;
    return (HyperplaneBlock){
        .count = left < HYPERPLANE_BLOCK ? left : HYPERPLANE_BLOCK,
        .c = ball_curvature(node),
        .u = node->inputs[0]->value.data + first * buffers->dimension,
        .arguments = buffers->arguments + first,
        .along = buffers->along + first * buffers->classes,
        .out = node->value.data + first * buffers->classes,
    };
}

void hyperplane_forward_cpu(Node *node, bool logit) {
    const HyperplaneBuffers buffers = hyperplane_buffers(node);
    const int64_t classes = buffers.classes, n = buffers.dimension, rows = buffers.rows;
    const real *points = node->inputs[1]->value.data, *normals = node->inputs[2]->value.data;
    for (int64_t k = 0; k < classes; k++)
        buffers.planes[k] =
            hyperplane_prepare(points + k * n, normals + k * n, n, ball_curvature(node), logit,
                               buffers.normals + k * n, buffers.directions + k * n);
    memcpy(buffers.points, points, (size_t)(classes * n) * sizeof *points);
    real *unused;
    const HyperplaneDirections directions = prepare_directions(&buffers, 0, &unused);
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t first = 0; first < rows; first += HYPERPLANE_BLOCK) {
        const HyperplaneBlock block = block_at(node, &buffers, first);
        hyperplane_block_forward(&directions, &block);
    }
}

/* sums[0..count-1] = the sum of `chunks` such rows, pairwise. */
static void add_chunks(real *sums, int64_t chunks, int64_t count) {
    for (int64_t half = 1; half < chunks; half *= 2)
        for (int64_t i = 0; i + half < chunks; i += 2 * half)
            vector_add(sums + i * count, sums + (i + half) * count, count);
}

/* From the sums over all rows to the gradients of the points and normals. */
static void finish(const Node *node, const HyperplaneBuffers *buffers,
                   const HyperplaneDirections *directions, real *sums, bool logit) {
    const int64_t n = buffers->dimension, width = directions->width;
    const HyperplaneBlockSums at = hyperplane_sums_at(directions, sums);
    for (int64_t k = 0; k < buffers->classes; k++) {
        HyperplaneSums of_class = {
            at.directions + k * width, at.offsets[k], at.outputs[k], NULL, 0, 0, 0
        };
        if (buffers->planes[k].ray_limit > 0) {
            of_class.across = at.across + k * width;
            of_class.normal = at.normals[k];
            of_class.turn = at.turns[k];
            of_class.depth = at.depths[k];
        }
        hyperplane_finish(&buffers->planes[k], buffers->points + k * n, buffers->normals + k * n, n,
                          ball_curvature(node), logit, &of_class,
                          gradient_row(node->input_gradients[1], k * n),
                          gradient_row(node->input_gradients[2], k * n));
    }
}

void hyperplane_backward_cpu(Node *node, bool logit) {
    const HyperplaneBuffers buffers = hyperplane_buffers(node);
    const int64_t classes = buffers.classes, n = buffers.dimension, rows = buffers.rows;
    const int64_t chunks = rows / HYPERPLANE_CHUNK + 1; /* of no rows at all the sums are 0 */
    real *sums;
    const HyperplaneDirections directions = prepare_directions(&buffers, chunks, &sums);
    const int64_t count = hyperplane_sums_count(&directions);
#pragma omp parallel for schedule(static) if (parallel_pays(rows * n))
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
        const int64_t begin = chunk * HYPERPLANE_CHUNK, end = begin + HYPERPLANE_CHUNK;
        vector_clear(sums + chunk * count, count);
        for (int64_t first = begin; first < end && first < rows; first += HYPERPLANE_BLOCK) {
            const HyperplaneBlock block = block_at(node, &buffers, first);
            hyperplane_block_backward(&directions, &block, node->gradient.data + first * classes,
                                      gradient_row(node->input_gradients[0], first * n),
                                      sums + chunk * count);
        }
    }
    if (!node->input_gradients[1].data && !node->input_gradients[2].data) return;
    add_chunks(sums, chunks, count);
    finish(node, &buffers, &directions, sums, logit);
}

int64_t hyperplane_multiply_adds(const Node *node) {
    const int64_t classes = node->inputs[1]->shape.size[0];
    return shape_elements(&node->inputs[0]->shape) * classes;
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
