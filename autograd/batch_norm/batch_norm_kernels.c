/* batch_norm_kernels.c - the CPU's forward pass of batch norm: the shape rule, statistics in
 * chunks that are joined in double, values, the values recomputed in backward, and the form
 * fused into a convolution. */
#include "autograd/batch_norm/batch_norm.h"

#include "autograd/conv2d/conv2d.h"
#include "autograd/pointwise.h"
#include "autograd/row_chunks.h"

#include <string.h>

/* saved[0] is [BATCH_NORM_ROWS, width]; saved[1] is [chunks, 2, width], for sums. */

bool batch_norm_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape;
    const RowChunks split = row_chunks(x);
    const int statistics = batch_norm_of(node)->affine ? 4 : 2;
    if (x->rank < 2 || split.elements == 0)
        return error_set(error, "x must be [..., C] and not empty");
    for (int i = 1; i <= statistics; i++)
        if (node->inputs[i]->shape.rank != 1 || node->inputs[i]->shape.size[0] != split.channels)
            return error_set(error, "input %d must be [%lld], the channels of x", i,
                             (long long)split.channels);
    if (batch_norm_of(node)->residual && !shape_equal(&node->inputs[5]->shape, x))
        return error_set(error, "the residual must have the shape of x");
    node->shape = *x;
    node_save(node, shape_2(BATCH_NORM_ROWS, split.width));
    node_save(node, shape_3(split.chunks, 2, split.width));
    return true;
}

/* Mean and sum of squared differences from it, by channel, of one chunk. */
static void chunk_statistics(const RowChunks *split, const real *x, int64_t n, real *restrict mean,
                             real *restrict squares) {
    const int64_t width = split->width;
    const real share = (real)split->channels / (real)n;
    row_chunks_sum(split, x, n, mean);
    row_chunks_fold(split, mean);
    for (int64_t c = 0; c < split->channels; c++) mean[c] *= share;
    row_chunks_spread(split, mean);
    memset(squares, 0, (size_t)width * sizeof *squares);
    for (int64_t i = 0; i < n; i += width) {
        const int64_t count = n - i < width ? n - i : width;
        for (int64_t j = 0; j < count; j++) {
            const real off = x[i + j] - mean[j];
            squares[j] += off * off;
        }
    }
    row_chunks_fold(split, squares);
}

static void set_constants(Node *node, const RowChunks *split, int64_t c, double mean, double var) {
    const bool affine = batch_norm_of(node)->affine;
    const double weight = affine ? (double)node->inputs[1]->value.data[c] : 1;
    const double bias = affine ? (double)node->inputs[2]->value.data[c] : 0;
    const BatchNormConstants constants = batch_norm_constants(mean, var, weight, bias);
    for (int i = 0; i < BATCH_NORM_CONSTANTS; i++)
        node->saved[0].data[i * split->width + c] = constants.of[i];
}

/* Join the chunks of `count` channels from `first` on. */
static void join_chunks(Node *node, const RowChunks *split, int64_t first, int64_t count) {
    const double rows = (double)(split->elements / split->channels);
    double mean[BATCH_NORM_BLOCK] = { 0 }, squares[BATCH_NORM_BLOCK] = { 0 };
    for (int64_t chunk = 0; chunk < split->chunks; chunk++) {
        const real *means = node->saved[1].data + 2 * chunk * split->width + first;
        const double its_rows = (double)(row_chunks_count(split, chunk) / split->channels);
        for (int64_t c = 0; c < count; c++) mean[c] += (double)means[c] * its_rows;
    }
    for (int64_t c = 0; c < count; c++) mean[c] /= rows;
    for (int64_t chunk = 0; chunk < split->chunks; chunk++) {
        const real *means = node->saved[1].data + 2 * chunk * split->width + first;
        const double its_rows = (double)(row_chunks_count(split, chunk) / split->channels);
        for (int64_t c = 0; c < count; c++) {
            const double off = (double)means[c] - mean[c];
            squares[c] += (double)means[split->width + c] + its_rows * off * off;
        }
    }
    real *running_mean = batch_norm_running_mean(node)->value.data + first;
    real *running_var = batch_norm_running_var(node)->value.data + first;
    for (int64_t c = 0; c < count; c++) {
        running_mean[c] = batch_norm_running(running_mean[c], mean[c]);
        running_var[c] = batch_norm_running(running_var[c], batch_norm_unbiased(squares[c], rows));
        set_constants(node, split, first + c, mean[c], squares[c] / rows);
    }
}

/* Each thread reads its chunks from last to first: the convolution before wrote the last ones last.
 * write_values then starts with the chunks that were read last. Chunks still in the cache are not
 * read from memory again. */
static void measure_chunks(const RowChunks *split, const real *x, real *partial) {
    const RowChunksShare share = row_chunks_share(split);
    for (int64_t chunk = share.end - 1; chunk >= share.first; chunk--) {
        real *sums = partial + 2 * chunk * split->width;
        chunk_statistics(split, x + row_chunks_start(split, chunk), row_chunks_count(split, chunk),
                         sums, sums + split->width);
    }
}

static void measure_batch(Node *node, const RowChunks *split) {
#pragma omp parallel if (parallel_pays(split->elements))
    measure_chunks(split, node->inputs[0]->value.data, node->saved[1].data);
#pragma omp parallel for schedule(static) if (parallel_pays(split->chunks * split->channels))
    for (int64_t first = 0; first < split->channels; first += BATCH_NORM_BLOCK)
        join_chunks(node, split, first, batch_norm_block(split->channels, first));
}

/* n elements in wide rows; residual may be NULL. */
static void write_values(const RowChunks *split, const real *constants, bool rectify, const real *x,
                         const real *residual, int64_t n, real *values) {
    const int64_t width = split->width;
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

static void take_running_statistics(Node *node, const RowChunks *split) {
    for (int64_t c = 0; c < split->channels; c++)
        set_constants(node, split, c, (double)batch_norm_running_mean(node)->value.data[c],
                      (double)batch_norm_running_var(node)->value.data[c]);
}

static void spread_constants(const Node *node, const RowChunks *split) {
    for (int i = 0; i < BATCH_NORM_CONSTANTS; i++)
        row_chunks_spread(split, node->saved[0].data + i * split->width);
}

static void write_chunks(Node *node, const RowChunks *split) {
    const real *x = node->inputs[0]->value.data;
    const real *residual = batch_norm_of(node)->residual ? node->inputs[5]->value.data : NULL;
    const RowChunksShare share = row_chunks_share(split);
    for (int64_t chunk = share.first; chunk < share.end; chunk++) {
        const int64_t start = row_chunks_start(split, chunk);
        write_values(split, node->saved[0].data, batch_norm_of(node)->relu, x + start,
                     residual ? residual + start : NULL, row_chunks_count(split, chunk),
                     node->value.data + start);
    }
}

/* From the constants. */
void batch_norm_recompute_cpu(Node *node) {
    const RowChunks split = row_chunks(&node->shape);
#pragma omp parallel if (parallel_pays(split.elements))
    write_chunks(node, &split);
}

void batch_norm_forward_cpu(Node *node) {
    const RowChunks split = row_chunks(&node->shape);
    if (batch_norm_uses_batch(node))
        measure_batch(node, &split);
    else
        take_running_statistics(node, &split);
    spread_constants(node, &split);
    batch_norm_recompute_cpu(node);
}

bool batch_norm_fuses(const Node *node) {
    return node->inputs[0]->op == &conv2d_op && !batch_norm_uses_batch(node);
}

/* The epilogue of the convolution that a node fuses. */
typedef struct FusedEpilogue {
    const real *y, *residual; /* [..., channels]; residual may be NULL */
    const real *mean, *scale, *shift;
    int64_t channels;
    bool rectify;
} FusedEpilogue;

/* write_values in place, with bit-identical results. */
static void finish_pixel(const void *context, real *values, int64_t count) {
    const FusedEpilogue *epilogue = context;
    const int64_t offset = values - epilogue->y, channel = offset % epilogue->channels;
    const real *mean = epilogue->mean + channel, *scale = epilogue->scale + channel;
    const real *shift = epilogue->shift + channel;
    real *restrict y = values;
    if (epilogue->residual)
        for (int64_t j = 0; j < count; j++)
            y[j] = relu_value(batch_norm_value(y[j], mean[j], scale[j], shift[j]) +
                              epilogue->residual[offset + j]);
    else if (epilogue->rectify)
        for (int64_t j = 0; j < count; j++)
            y[j] = relu_value(batch_norm_value(y[j], mean[j], scale[j], shift[j]));
    else
        for (int64_t j = 0; j < count; j++)
            y[j] = batch_norm_value(y[j], mean[j], scale[j], shift[j]);
}

void batch_norm_fused_cpu(Node *node) {
    const Node *conv = node->inputs[0];
    const Conv2dShape shape = conv2d_node_shape(conv);
    const RowChunks split = row_chunks(&node->shape);
    const real *constants = node->saved[0].data;
    take_running_statistics(node, &split);
    const FusedEpilogue context = {
        .y = node->value.data,
        .residual = batch_norm_of(node)->residual ? node->inputs[5]->value.data : NULL,
        .mean = constants + BATCH_NORM_MEAN * split.width,
        .scale = constants + BATCH_NORM_SCALE * split.width,
        .shift = constants + BATCH_NORM_SHIFT * split.width,
        .channels = split.channels,
        .rectify = batch_norm_of(node)->relu,
    };
    conv2d_forward_then(&shape, conv->inputs[0]->value.data, conv->inputs[1]->value.data,
                        conv->input_count == 3 ? conv->inputs[2]->value.data : NULL,
                        &(Epilogue){ &context, finish_pixel }, node->value.data);
}
