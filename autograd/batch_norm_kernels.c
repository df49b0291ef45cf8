#include "autograd/batch_norm.h"

#include "autograd/conv2d.h"
#include "autograd/pointwise.h"
#include "autograd/wide_rows.h"

#include <string.h>

/* saved[0] holds one row of `width` for each of the constants; saved[1] is [chunks, 2, width], for
 * sums. */

bool batch_norm_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape;
    const WideRows cut = wide_rows(x);
    const int statistics = batch_norm_of(node)->affine ? 4 : 2;
    if (x->rank < 2 || cut.elements == 0)
        return error_set(error, "x must be [..., C] and not empty");
    for (int i = 1; i <= statistics; i++)
        if (node->inputs[i]->shape.rank != 1 || node->inputs[i]->shape.size[0] != cut.channels)
            return error_set(error, "input %d must be [%lld], the channels of x", i,
                             (long long)cut.channels);
    if (batch_norm_of(node)->residual && !shape_equal(&node->inputs[5]->shape, x))
        return error_set(error, "the residual must have the shape of x");
    node->shape = *x;
    node_save(node, shape_2(BATCH_NORM_CONSTANTS, cut.width));
    node_save(node, shape_3(cut.chunks, 2, cut.width));
    return true;
}

/* Mean and sum of squared differences from it, by channel, of one chunk. */
static void chunk_statistics(const WideRows *cut, const real *x, int64_t n, real *restrict mean,
                             real *restrict squares) {
    const int64_t width = cut->width;
    const real share = (real)cut->channels / (real)n;
    wide_rows_sum(cut, x, n, mean);
    wide_rows_fold(cut, mean);
    for (int64_t c = 0; c < cut->channels; c++) mean[c] *= share;
    wide_rows_spread(cut, mean);
    memset(squares, 0, (size_t)width * sizeof *squares);
    for (int64_t i = 0; i < n; i += width) {
        const int64_t count = n - i < width ? n - i : width;
        for (int64_t j = 0; j < count; j++) {
            const real off = x[i + j] - mean[j];
            squares[j] += off * off;
        }
    }
    wide_rows_fold(cut, squares);
}

/* Join the chunks of channel c. */
static void join_chunks(const WideRows *cut, const real *partial, int64_t c, double *mean,
                        double *squares) {
    const double rows = (double)(cut->elements / cut->channels);
    *mean = *squares = 0;
    for (int64_t chunk = 0; chunk < cut->chunks; chunk++)
        *mean += (double)partial[2 * chunk * cut->width + c] *
                 (double)(wide_rows_count(cut, chunk) / cut->channels);
    *mean /= rows;
    for (int64_t chunk = 0; chunk < cut->chunks; chunk++) {
        const real *sums = partial + 2 * chunk * cut->width;
        const double off = (double)sums[c] - *mean;
        *squares += (double)sums[cut->width + c] +
                    (double)(wide_rows_count(cut, chunk) / cut->channels) * off * off;
    }
}

static void set_constants(Node *node, const WideRows *cut, int64_t c, double mean, double var) {
    const bool affine = batch_norm_of(node)->affine;
    const double weight = affine ? (double)node->inputs[1]->value.data[c] : 1;
    const double bias = affine ? (double)node->inputs[2]->value.data[c] : 0;
    const BatchNormConstants constants = batch_norm_constants(mean, var, weight, bias);
    for (int i = 0; i < BATCH_NORM_CONSTANTS; i++)
        node->saved[0].data[i * cut->width + c] = constants.of[i];
}

static void measure_batch(Node *node, const WideRows *cut) {
    const real *x = node->inputs[0]->value.data;
    real *partial = node->saved[1].data;
    real *running_mean = batch_norm_running_mean(node)->value.data;
    real *running_var = batch_norm_running_var(node)->value.data;
    const double rows = (double)(cut->elements / cut->channels);
#pragma omp parallel for schedule(static) if (cut->elements >= PARALLEL_MINIMUM)
    for (int64_t chunk = 0; chunk < cut->chunks; chunk++) {
        real *sums = partial + 2 * chunk * cut->width;
        chunk_statistics(cut, x + wide_rows_start(cut, chunk), wide_rows_count(cut, chunk), sums,
                         sums + cut->width);
    }
    for (int64_t c = 0; c < cut->channels; c++) {
        double mean, squares;
        join_chunks(cut, partial, c, &mean, &squares);
        running_mean[c] = batch_norm_running(running_mean[c], mean);
        running_var[c] = batch_norm_running(running_var[c], batch_norm_unbiased(squares, rows));
        set_constants(node, cut, c, mean, squares / rows);
    }
}

/* n elements in wide rows; residual may be NULL. */
static void write_values(const WideRows *cut, const real *constants, bool rectify, const real *x,
                         const real *residual, int64_t n, real *values) {
    const int64_t width = cut->width;
    const real *restrict mean = constants + BATCH_NORM_MEAN * width;
    const real *restrict scale = constants + BATCH_NORM_SCALE * width;
    const real *restrict shift = constants + BATCH_NORM_SHIFT * width;
    for (int64_t i = 0; i < n; i += width) {
        const int64_t count = n - i < width ? n - i : width;
        real *restrict y = values + i;
        const real *xs = x + i, *rs = residual ? residual + i : NULL;
        if (rs && rectify)
            for (int64_t j = 0; j < count; j++)
                y[j] = relu_value(batch_norm_value(xs[j], mean[j], scale[j], shift[j]) + rs[j]);
        else if (rectify)
            for (int64_t j = 0; j < count; j++)
                y[j] = relu_value(batch_norm_value(xs[j], mean[j], scale[j], shift[j]));
        else
            for (int64_t j = 0; j < count; j++)
                y[j] = batch_norm_value(xs[j], mean[j], scale[j], shift[j]);
    }
}

static void take_running_statistics(Node *node, const WideRows *cut) {
    for (int64_t c = 0; c < cut->channels; c++)
        set_constants(node, cut, c, (double)batch_norm_running_mean(node)->value.data[c],
                      (double)batch_norm_running_var(node)->value.data[c]);
}

static void spread_constants(const Node *node, const WideRows *cut) {
    for (int i = 0; i < BATCH_NORM_CONSTANTS; i++)
        wide_rows_spread(cut, node->saved[0].data + i * cut->width);
}

void batch_norm_forward_cpu(Node *node) {
    const WideRows cut = wide_rows(&node->shape);
    const real *x = node->inputs[0]->value.data;
    const real *residual = batch_norm_of(node)->residual ? node->inputs[5]->value.data : NULL;
    const real *constants = node->saved[0].data;
    if (batch_norm_uses_batch(node))
        measure_batch(node, &cut);
    else
        take_running_statistics(node, &cut);
    spread_constants(node, &cut);
#pragma omp parallel for schedule(static) if (cut.elements >= PARALLEL_MINIMUM)
    for (int64_t chunk = 0; chunk < cut.chunks; chunk++) {
        const int64_t start = wide_rows_start(&cut, chunk);
        write_values(&cut, constants, batch_norm_of(node)->relu, x + start,
                     residual ? residual + start : NULL, wide_rows_count(&cut, chunk),
                     node->value.data + start);
    }
}

bool batch_norm_absorbs(const Node *node) {
    return node->inputs[0]->op == &op_conv2d && !batch_norm_uses_batch(node);
}

/* As write_values, from values to themselves: the arithmetic is the same, to the bit. */
static void write_in_place(const WideRows *cut, const real *constants, bool rectify,
                           const real *residual, int64_t n, real *values) {
    const int64_t width = cut->width;
    const real *restrict mean = constants + BATCH_NORM_MEAN * width;
    const real *restrict scale = constants + BATCH_NORM_SCALE * width;
    const real *restrict shift = constants + BATCH_NORM_SHIFT * width;
    for (int64_t i = 0; i < n; i += width) {
        const int64_t count = n - i < width ? n - i : width;
        real *restrict y = values + i;
        if (residual)
            for (int64_t j = 0; j < count; j++)
                y[j] = relu_value(batch_norm_value(y[j], mean[j], scale[j], shift[j]) +
                                  residual[i + j]);
        else if (rectify)
            for (int64_t j = 0; j < count; j++)
                y[j] = relu_value(batch_norm_value(y[j], mean[j], scale[j], shift[j]));
        else
            for (int64_t j = 0; j < count; j++)
                y[j] = batch_norm_value(y[j], mean[j], scale[j], shift[j]);
    }
}

void batch_norm_absorbing_cpu(Node *node) {
    const Node *conv = node->inputs[0];
    const Conv2dShape shape = conv2d_node_shape(conv);
    const WideRows cut = wide_rows(&node->shape);
    const real *residual = batch_norm_of(node)->residual ? node->inputs[5]->value.data : NULL;
    take_running_statistics(node, &cut);
    spread_constants(node, &cut);
    conv2d_forward(&shape, conv->inputs[0]->value.data, conv->inputs[1]->value.data,
                   conv->input_count == 3 ? conv->inputs[2]->value.data : NULL, node->value.data);
#pragma omp parallel for schedule(static) if (cut.elements >= PARALLEL_MINIMUM)
    for (int64_t chunk = 0; chunk < cut.chunks; chunk++) {
        const int64_t start = wide_rows_start(&cut, chunk);
        write_in_place(&cut, node->saved[0].data, batch_norm_of(node)->relu,
                       residual ? residual + start : NULL, wide_rows_count(&cut, chunk),
                       node->value.data + start);
    }
}

/* Sums of g and of g (x - mean), by channel, of one chunk; y NULL: g = dy. */
static void chunk_gradients(const WideRows *cut, const real *mean, const real *x, const real *y,
                            const real *dy, int64_t n, real *restrict sum, real *restrict product) {
    memset(sum, 0, (size_t)cut->width * sizeof *sum);
    memset(product, 0, (size_t)cut->width * sizeof *product);
    for (int64_t i = 0; i < n; i += cut->width) {
        const int64_t count = n - i < cut->width ? n - i : cut->width;
        if (y)
            for (int64_t j = 0; j < count; j++) {
                const real g = relu_gradient(y[i + j]) * dy[i + j];
                sum[j] += g;
                product[j] += g * (x[i + j] - mean[j]);
            }
        else
            for (int64_t j = 0; j < count; j++) {
                sum[j] += dy[i + j];
                product[j] += dy[i + j] * (x[i + j] - mean[j]);
            }
    }
    wide_rows_fold(cut, sum);
    wide_rows_fold(cut, product);
}

/* Writes db and dw from the sums of the chunks; turns BATCH_NORM_SHIFT and BATCH_NORM_SLOPE of
 * channel c into what dx is made of: dx = scale g + slope (x - mean) + shift. */
static void finish_channel(Node *node, const WideRows *cut, int64_t c) {
    const real *partial = node->saved[1].data;
    real *constants = node->saved[0].data, *slope = &constants[BATCH_NORM_SLOPE * cut->width + c];
    const double scale = (double)constants[BATCH_NORM_SCALE * cut->width + c], r = (double)*slope;
    const double share = (double)cut->channels / (double)cut->elements;
    double sum = 0, product = 0;
    for (int64_t chunk = 0; chunk < cut->chunks; chunk++) {
        sum += (double)partial[2 * chunk * cut->width + c];
        product += (double)partial[(2 * chunk + 1) * cut->width + c];
    }
    if (batch_norm_of(node)->affine && node->input_gradients[1].data)
        gradient_store(node->input_gradients[1], c, (real)(r * product));
    if (batch_norm_of(node)->affine && node->input_gradients[2].data)
        gradient_store(node->input_gradients[2], c, (real)sum);
    const bool batch = batch_norm_uses_batch(node);
    constants[BATCH_NORM_SHIFT * cut->width + c] =
        batch ? batch_norm_gradient_shift(scale, sum, share) : 0;
    *slope = batch ? batch_norm_gradient_slope(scale, r, product, share) : 0;
}

static void sum_gradients(Node *node, const WideRows *cut) {
    const real *x = node->inputs[0]->value.data, *dy = node->gradient.data;
    const real *y = batch_norm_of(node)->relu ? node->value.data : NULL;
    real *partial = node->saved[1].data, *constants = node->saved[0].data;
#pragma omp parallel for schedule(static) if (cut->elements >= PARALLEL_MINIMUM)
    for (int64_t chunk = 0; chunk < cut->chunks; chunk++) {
        const int64_t start = wide_rows_start(cut, chunk);
        real *sums = partial + 2 * chunk * cut->width;
        chunk_gradients(cut, constants + BATCH_NORM_MEAN * cut->width, x + start,
                        y ? y + start : NULL, dy + start, wide_rows_count(cut, chunk), sums,
                        sums + cut->width);
    }
    for (int64_t c = 0; c < cut->channels; c++) finish_channel(node, cut, c);
    wide_rows_spread(cut, constants + BATCH_NORM_SHIFT * cut->width);
    wide_rows_spread(cut, constants + BATCH_NORM_SLOPE * cut->width);
}

/* The gradient of x, for one wide row. */
static void write_row(const WideRows *cut, const real *constants, const real *x, const real *y,
                      const real *dy, int64_t count, Gradient gradient) {
    const real *restrict mean = constants + BATCH_NORM_MEAN * cut->width;
    const real *restrict scale = constants + BATCH_NORM_SCALE * cut->width;
    const real *restrict shift = constants + BATCH_NORM_SHIFT * cut->width;
    const real *restrict slope = constants + BATCH_NORM_SLOPE * cut->width;
    real *restrict dx = gradient.data;
    const Gradient to = { dx, gradient.accumulate };
    if (y)
        for (int64_t j = 0; j < count; j++)
            gradient_store(to, j,
                           batch_norm_gradient(relu_gradient(y[j]) * dy[j], x[j], mean[j], scale[j],
                                               slope[j], shift[j]));
    else
        for (int64_t j = 0; j < count; j++)
            gradient_store(to, j,
                           batch_norm_gradient(dy[j], x[j], mean[j], scale[j], slope[j], shift[j]));
}

static void write_residual_row(const real *y, const real *dy, int64_t count, Gradient gradient) {
    real *restrict dr = gradient.data;
    const Gradient to = { dr, gradient.accumulate };
    for (int64_t j = 0; j < count; j++) gradient_store(to, j, relu_gradient(y[j]) * dy[j]);
}

static Gradient gradient_at(Gradient gradient, int64_t start) {
    return (Gradient){ gradient.data + start, gradient.accumulate };
}

void batch_norm_backward_cpu(Node *node) {
    const WideRows cut = wide_rows(&node->shape);
    const real *x = node->inputs[0]->value.data, *dy = node->gradient.data;
    const real *y = batch_norm_of(node)->relu ? node->value.data : NULL;
    const Gradient dx = node->input_gradients[0];
    const Gradient dr =
        batch_norm_of(node)->residual ? node->input_gradients[5] : (Gradient){ NULL, false };
    real *constants = node->saved[0].data;
    if (batch_norm_needs_sums(node))
        sum_gradients(node, &cut);
    else
        memset(constants + BATCH_NORM_SHIFT * cut.width, 0,
               2 * (size_t)cut.width * sizeof *constants);
#pragma omp parallel for schedule(static) if (cut.elements >= PARALLEL_MINIMUM)
    for (int64_t chunk = 0; chunk < cut.chunks; chunk++) {
        const int64_t start = wide_rows_start(&cut, chunk), n = wide_rows_count(&cut, chunk);
        for (int64_t i = start; i < start + n; i += cut.width) {
            const int64_t left = start + n - i, count = left < cut.width ? left : cut.width;
            if (dx.data)
                write_row(&cut, constants, x + i, y ? y + i : NULL, dy + i, count,
                          gradient_at(dx, i));
            if (dr.data) write_residual_row(y + i, dy + i, count, gradient_at(dr, i));
        }
    }
}
