/* afss_statistics.c - the op that sums over a batch for AFSS in one pass (eq. 8-10; afss.h). With
 * E = e^2 per pixel and channel, and t the target per pixel, its rows (afss_statistics.h) are sum
 * E, sum E^2, sum E t, min E and max E of every channel, the sums of t in the first columns, and
 * the number of NaN in E.
 *
 * mean((M - T)^2) of the min-max-normalised M and T follows from these without a second pass
 * (afss.c). Each thread sums chunks of pixels, and the chunks are added in order, so the result
 * does not depend on the number of threads. */
#include "hadnet/model/afss_statistics.h"
#include "autograd/probe.h"
#include "hadnet/ops.h"

#include <string.h>

enum { CHUNKS = 32 };

static bool afss_statistics_shape(Node *node, Error *error) {
    const Shape *e = &node->inputs[0]->shape, *t = &node->inputs[1]->shape;
    const int64_t channels = shape_last(e);
    if (shape_rows(e) < 1 || shape_last(t) != 1 || shape_elements(t) != shape_rows(e))
        return error_set(error, "the target needs one value per pixel of the residual");
    node->shape = shape_2(AFSS_ROWS, channels < 4 ? 4 : channels);
    node_save(node, shape_3(CHUNKS, AFSS_ROWS, node->shape.size[1]));
    return true;
}

/* The rows of pixels first..last-1, into part [AFSS_ROWS][columns]. */
static void gather_chunk(const real *e, const real *t, int64_t first, int64_t last,
                         int64_t channels, int64_t columns, real *part) {
    real *sum = part + AFSS_SUM * columns, *square = part + AFSS_SQUARE * columns;
    real *product = part + AFSS_PRODUCT * columns, *target = part + AFSS_TARGET * columns;
    real *low = part + AFSS_LOW * columns, *high = part + AFSS_HIGH * columns;
    real *bad = part + AFSS_BAD * columns;
    memset(part, 0, (size_t)(AFSS_ROWS * columns) * sizeof *part);
    for (int64_t c = 0; c < channels; c++) low[c] = REAL_MAX, high[c] = 0;
    target[2] = REAL_MAX, target[3] = -REAL_MAX;
    for (int64_t i = first; i < last; i++) {
        const real *row = e + i * channels, ti = t[i];
        target[0] += ti;
        target[1] += ti * ti;
        if (ti < target[2]) target[2] = ti;
        if (ti > target[3]) target[3] = ti;
        for (int64_t c = 0; c < channels; c++) {
            const real value = row[c] * row[c];
            sum[c] += value;
            square[c] += value * value;
            product[c] += value * ti;
            low[c] = value < low[c] ? value : low[c];
            high[c] = value > high[c] ? value : high[c];
            bad[c] += value == value ? 0 : 1;
        }
    }
}

static void merge_chunk(real *total, const real *part, int64_t columns) {
    for (int64_t i = 0; i < AFSS_ROWS * columns; i++) {
        const int64_t row = i / columns, column = i % columns;
        const bool low = row == AFSS_LOW || (row == AFSS_TARGET && column == 2);
        const bool high = row == AFSS_HIGH || (row == AFSS_TARGET && column == 3);
        if (low)
            total[i] = part[i] < total[i] ? part[i] : total[i];
        else if (high)
            total[i] = part[i] > total[i] ? part[i] : total[i];
        else
            total[i] += part[i];
    }
}

static void afss_statistics_forward_cpu(Node *node) {
    const Shape *shape = &node->inputs[0]->shape;
    const int64_t pixels = shape_rows(shape), channels = shape_last(shape);
    const int64_t columns = node->shape.size[1], size = AFSS_ROWS * columns;
    const real *e = node->inputs[0]->value.data, *t = node->inputs[1]->value.data;
    real *parts = node->saved[0].data;
#pragma omp parallel for schedule(static)
    for (int chunk = 0; chunk < CHUNKS; chunk++)
        gather_chunk(e, t, pixels * chunk / CHUNKS, pixels * (chunk + 1) / CHUNKS, channels,
                     columns, parts + chunk * size);
    memcpy(node->value.data, parts, (size_t)size * sizeof *parts);
    for (int chunk = 1; chunk < CHUNKS; chunk++)
        merge_chunk(node->value.data, parts + chunk * size, columns);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_afss_statistics(in[0], in[1]);
}

static void oracle(const Node *node, double *out) {
    const Shape *shape = &node->inputs[0]->shape;
    const int64_t pixels = shape_rows(shape), channels = shape_last(shape);
    const int64_t columns = node->shape.size[1];
    const real *e = node->inputs[0]->value.data, *t = node->inputs[1]->value.data;
    for (int64_t c = 0; c < channels; c++) {
        out[3 * columns + c] = 1e300;
        for (int64_t i = 0; i < pixels; i++) {
            const double value = pow((double)e[i * channels + c], 2);
            out[c] += value;
            out[columns + c] += value * value;
            out[2 * columns + c] += value * (double)t[i];
            out[3 * columns + c] = fmin(out[3 * columns + c], value);
            out[4 * columns + c] = fmax(out[4 * columns + c], value);
        }
    }
    double *target = out + 5 * columns;
    target[2] = 1e300, target[3] = -1e300;
    for (int64_t i = 0; i < pixels; i++) {
        target[0] += (double)t[i];
        target[1] += pow((double)t[i], 2);
        target[2] = fmin(target[2], (double)t[i]);
        target[3] = fmax(target[3], (double)t[i]);
    }
    if (channels < columns) /* columns that are used by the target alone */
        for (int64_t c = channels; c < columns; c++) out[3 * columns + c] = 0;
}

static const ProbeCase afss_statistics_cases[] = {
    { "odd", { { { 2, 5, 7, 9 } }, { { 2, 5, 7, 1 } } }, .axes = { "nhwc", "nhw." } },
    { "fewer pixels than chunks, fewer channels than columns", { { { 3, 2 } }, { { 3, 1 } } } },
    { 0 },
};

const Op afss_statistics_op = {
    .name = "afss_statistics",
    .shape = afss_statistics_shape,
    .forward = KERNEL(afss_statistics_forward),
    .probe = { build, oracle, afss_statistics_cases },
};

Node *op_afss_statistics(Node *residual, Node *target) {
    return graph_append(&afss_statistics_op, (Node *[]){ residual, target }, 2, NULL, 0);
}
