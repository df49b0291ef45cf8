/* hyperplane_op.c - two ops of x = exp_0(u), the Poincare hyperplanes of points p_k and normals
 * a_k:
 *
 *     hyperplane_distances   d_k, the signed distance of x to hyperplane k (Feng, Liu, Gai, Sci.
 * Rep.
 *                            15, 25668, 2025, eq. 7)
 *     hyperplane_logits      l_k = lambda_p |a| d_k, the logit of class k (Ganea, Becigneul,
 * Hofmann,
 *                            "Hyperbolic Neural Networks", NeurIPS 2018, eq. 25)
 *
 * Derivation: hyp/hyperplane/hyperplane.h. */
#include "hyp/hyperplane/hyperplane_op.h"

#include "autograd/probe.h"
#include "hyp/hyperplane/hyperplane_block.h"
#include "hyp/ops.h"
#include "hyp/textbook.h"
#include "tensor/workspace.h"

#include <string.h>

enum {
    PLANE_REALS = sizeof(Hyperplane) / sizeof(real),
    HYPERPLANE_CHUNK = 4 * HYPERPLANE_BLOCK /* rows that are summed one after the other */
};

bool hyperplane_inputs_accept(Node *node, Error *error) {
    const Shape *u = &node->inputs[0]->shape, *points = &node->inputs[1]->shape;
    const int64_t dimension = shape_last(u), classes = points->size[0];
    if (u->rank == 0) return error_set(error, "a scalar is no vector");
    if (points->rank != 2 || points->size[1] != dimension)
        return error_set(error, "points must be [classes,%lld], as the vectors have %lld channels",
                         (long long)dimension, (long long)dimension);
    if (classes == 0) return error_set(error, "there are no classes");
    if (!shape_equal(points, &node->inputs[2]->shape))
        return error_set(error, "points and normals must have one shape");
    node->shape = *u;
    node->shape.size[u->rank - 1] = classes;
    return true;
}

static bool hyperplane_shape(Node *node, Error *error) {
    if (!hyperplane_inputs_accept(node, error)) return false;
    if (!curvature_accept(ball_curvature(node), error)) return false;
    const int64_t rows = shape_rows(&node->inputs[0]->shape);
    const int64_t classes = node->inputs[1]->shape.size[0];
    const int64_t dimension = node->inputs[1]->shape.size[1];
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

/* Both layouts of the directions, followed by memory for `sums` sets of sums, not yet zero, in one
 * workspace. */
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
    real *room =
        workspace_reals(WORKSPACE_OP, first + second + sums * hyperplane_sums_count(&directions));
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

static void hyperplane_forward_cpu(Node *node) {
    const HyperplaneBuffers buffers = hyperplane_buffers(node);
    const int64_t classes = buffers.classes, n = buffers.dimension, rows = buffers.rows;
    const real *points = node->inputs[1]->value.data, *normals = node->inputs[2]->value.data;
    for (int64_t k = 0; k < classes; k++)
        buffers.planes[k] = hyperplane_prepare(points + k * n, normals + k * n, n,
                                               ball_curvature(node), hyperplane_is_logit(node),
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
                   const HyperplaneDirections *directions, real *sums) {
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
                          ball_curvature(node), hyperplane_is_logit(node), &of_class,
                          gradient_row(node->input_gradients[1], k * n),
                          gradient_row(node->input_gradients[2], k * n));
    }
}

static void hyperplane_backward_cpu(Node *node) {
    const HyperplaneBuffers buffers = hyperplane_buffers(node);
    const int64_t classes = buffers.classes, n = buffers.dimension, rows = buffers.rows;
    const int64_t chunks = rows / HYPERPLANE_CHUNK + 1; /* without rows the sums are 0 */
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
    finish(node, &buffers, &directions, sums);
}

static int64_t hyperplane_multiply_adds(const Node *node) {
    const int64_t classes = node->inputs[1]->shape.size[0];
    return shape_elements(&node->inputs[0]->shape) * classes;
}

static void oracle(const Node *node, double *out) {
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
            if (hyperplane_is_logit(node))
                distance *= textbook_conformal_factor(p, n, c) * sqrt(textbook_dot(a, a, n));
            out[i * classes + k] = distance;
        }
}

static Node *build_logits(Node *const *in, const double *arguments) {
    return op_hyperplane_logits(in[0], in[1], in[2], (real)arguments[0]);
}

static Node *build_distances(Node *const *in, const double *arguments) {
    return op_hyperplane_distances(in[0], in[1], in[2], (real)arguments[0]);
}

static const ProbeCase hyperplane_cases[] = {
    /* In one dimension (case "one") the gradient of a normal is rounding alone: over many rows it
     * has no scale by which two devices could be compared. */
    { "odd",
      { { { 3, 5, 7 }, -1, 1 }, { { 3, 7 }, 0, 0.8, PROBE_BALL }, { { 3, 7 }, -2, 2 } },
      { 1 },
      .axes = { "nk.", "o.", "o." } },
    { "wide rows, small curvature",
      { { { 5, 67 }, 0, 15, PROBE_BALL }, { { 2, 67 }, 0, 8, PROBE_BALL }, { { 2, 67 }, -2, 2 } },
      { 0.01 } },
    { "at the origin",
      { { { 4, 3 }, -1e-9, 1e-9 }, { { 5, 3 }, 0, 0.4, PROBE_BALL }, { { 5, 3 }, -2, 2 } },
      { 4 } },
    { "one", { { { 1 }, 0.5, 1 }, { { 1, 1 }, 0.3, 0.6, PROBE_BALL }, { { 1, 1 }, 1, 2 } }, { 1 } },
    { "more than one chunk of rows",
      { { { 1, 29, 23, 2 }, -1, 1 }, { { 2, 2 }, 0, 0.8, PROBE_BALL }, { { 2, 2 }, -2, 2 } },
      { 1 } },
    { "more classes than a vector holds",
      { { { 67, 5 }, -1, 1 }, { { 18, 5 }, 0, 0.8, PROBE_BALL }, { { 18, 5 }, -2, 2 } },
      { 1 } },
    { 0 },
};

const Op hyperplane_logits_op = {
    .name = "hyperplane_logits",
    .differentiable = INPUT(0) | INPUT(1) | INPUT(2),
    .backward_reads = INPUT(0) | OUTPUT,
    .shape = hyperplane_shape,
    .forward = KERNEL(hyperplane_forward),
    .backward = KERNEL(hyperplane_backward),
    .probe = { build_logits, oracle, hyperplane_cases },
    .multiply_adds = hyperplane_multiply_adds,
};

Node *op_hyperplane_logits(Node *u, Node *points, Node *normals, real curvature) {
    const HyperplaneAttributes attributes = { { curvature }, true };
    return graph_append(&hyperplane_logits_op, (Node *[]){ u, points, normals }, 3, &attributes,
                        sizeof attributes);
}

const Op hyperplane_distances_op = {
    .name = "hyperplane_distances",
    .differentiable = INPUT(0) | INPUT(1) | INPUT(2),
    .backward_reads = INPUT(0) | OUTPUT,
    .shape = hyperplane_shape,
    .forward = KERNEL(hyperplane_forward),
    .backward = KERNEL(hyperplane_backward),
    .probe = { build_distances, oracle, hyperplane_cases },
    .multiply_adds = hyperplane_multiply_adds,
};

Node *op_hyperplane_distances(Node *u, Node *points, Node *normals, real curvature) {
    const HyperplaneAttributes attributes = { { curvature }, false };
    return graph_append(&hyperplane_distances_op, (Node *[]){ u, points, normals }, 3, &attributes,
                        sizeof attributes);
}
