/* batch_norm_backward.c - the CPU's backward pass of batch norm: one pass over x and dy for the
 * sums by channel, a second one for dx. */
#include "autograd/batch_norm/batch_norm.h"
#include "autograd/pointwise.h"
#include "autograd/row_chunks.h"

#include <string.h>

/* The inputs of both passes, and the constants that the first computes for the second. */
typedef struct Pass {
    RowChunks split;
    BatchNormRelu relu;
    const real *x, *y, *dy; /* y only for BATCH_NORM_RELU_BY_Y */
    real *constants;        /* saved[0]; the first pass adds its last two rows */
} Pass;

static real *row_of(const Pass *pass, int row) {
    return pass->constants + row * pass->split.width;
}

/* g of element i, which is the j-th of a wide row. */
static inline real incoming(BatchNormRelu relu, const Pass *pass, int64_t i, real mean, real scale,
                            real shift) {
    if (relu == BATCH_NORM_RELU_BY_X)
        return relu_gradient(batch_norm_value(pass->x[i], mean, scale, shift)) * pass->dy[i];
    if (relu == BATCH_NORM_RELU_BY_Y) return relu_gradient(pass->y[i]) * pass->dy[i];
    return pass->dy[i];
}

/* ---- Sums ---- */

/* Add g and g (x - mean) of the wide row that starts at element `start`; keep g unless `kept` is
 * NULL. Inlined for each form of relu. */
static inline void sum_row(BatchNormRelu relu, const Pass *pass, int64_t start, int64_t count,
                           real *restrict sum, real *restrict product, real *restrict kept) {
    const real *restrict mean = row_of(pass, BATCH_NORM_MEAN);
    const real *restrict scale = row_of(pass, BATCH_NORM_SCALE);
    const real *restrict shift = row_of(pass, BATCH_NORM_SHIFT);
    for (int64_t j = 0; j < count; j++) {
        const real g = incoming(relu, pass, start + j, mean[j], scale[j], shift[j]);
        sum[j] += g;
        product[j] += g * (pass->x[start + j] - mean[j]);
        if (kept) kept[start + j] = g;
    }
}

/* Sums of g and of g (x - mean), by channel, of one chunk. */
static void sum_chunk(const Pass *pass, int64_t chunk, real *kept, real *sum, real *product) {
    const int64_t width = pass->split.width, start = row_chunks_start(&pass->split, chunk);
    const int64_t end = start + row_chunks_count(&pass->split, chunk);
    memset(sum, 0, (size_t)width * sizeof *sum);
    memset(product, 0, (size_t)width * sizeof *product);
    for (int64_t i = start; i < end; i += width) {
        const int64_t count = end - i < width ? end - i : width;
        if (kept)
            sum_row(BATCH_NORM_RELU_BY_Y, pass, i, count, sum, product, kept);
        else if (pass->relu == BATCH_NORM_RELU_BY_Y)
            sum_row(BATCH_NORM_RELU_BY_Y, pass, i, count, sum, product, NULL);
        else if (pass->relu == BATCH_NORM_RELU_BY_X)
            sum_row(BATCH_NORM_RELU_BY_X, pass, i, count, sum, product, NULL);
        else
            sum_row(BATCH_NORM_NO_RELU, pass, i, count, sum, product, NULL);
    }
    row_chunks_fold(&pass->split, sum);
    row_chunks_fold(&pass->split, product);
}

/* Writes db and dw of channel c, and the constants of dx = scale g + slope (x - mean) + shift */
static void finish_channel(Node *node, const Pass *pass, int64_t c, double sum, double product) {
    const double scale = (double)row_of(pass, BATCH_NORM_SCALE)[c];
    const double r = (double)row_of(pass, BATCH_NORM_R)[c];
    const double share = (double)pass->split.channels / (double)pass->split.elements;
    if (batch_norm_of(node)->affine && node->input_gradients[1].data)
        gradient_store(node->input_gradients[1], c, (real)(r * product));
    if (batch_norm_of(node)->affine && node->input_gradients[2].data)
        gradient_store(node->input_gradients[2], c, (real)sum);
    const bool batch = batch_norm_uses_batch(node);
    row_of(pass, BATCH_NORM_DX_SHIFT)[c] = batch ? batch_norm_gradient_shift(scale, sum, share) : 0;
    row_of(pass, BATCH_NORM_DX_SLOPE)[c] =
        batch ? batch_norm_gradient_slope(scale, r, product, share) : 0;
}

/* Join the chunks of `count` channels from `first` on. */
static void finish_channels(Node *node, const Pass *pass, int64_t first, int64_t count) {
    double sum[BATCH_NORM_BLOCK] = { 0 }, product[BATCH_NORM_BLOCK] = { 0 };
    const int64_t width = pass->split.width;
    for (int64_t chunk = 0; chunk < pass->split.chunks; chunk++) {
        const real *sums = node->saved[1].data + 2 * chunk * width + first;
        for (int64_t c = 0; c < count; c++) {
            sum[c] += (double)sums[c];
            product[c] += (double)sums[width + c];
        }
    }
    for (int64_t c = 0; c < count; c++) finish_channel(node, pass, first + c, sum[c], product[c]);
}

/* Each thread processes its chunks from last to first, as in forward: the end of dy was written
 * last. */
static void sum_chunks(const Pass *pass, real *partial, real *kept) {
    const RowChunks *split = &pass->split;
    const RowChunksShare share = row_chunks_share(split);
    for (int64_t chunk = share.end - 1; chunk >= share.first; chunk--) {
        real *sums = partial + 2 * chunk * split->width;
        sum_chunk(pass, chunk, kept, sums, sums + split->width);
    }
}

static void sum_gradients(Node *node, const Pass *pass, real *kept) {
    const RowChunks *split = &pass->split;
#pragma omp parallel if (parallel_pays(split->elements))
    sum_chunks(pass, node->saved[1].data, kept);
#pragma omp parallel for schedule(static) if (parallel_pays(split->chunks * split->channels))
    for (int64_t first = 0; first < split->channels; first += BATCH_NORM_BLOCK)
        finish_channels(node, pass, first, batch_norm_block(split->channels, first));
    row_chunks_spread(split, row_of(pass, BATCH_NORM_DX_SHIFT));
    row_chunks_spread(split, row_of(pass, BATCH_NORM_DX_SLOPE));
}

/* ---- Elements ---- */

/* The gradient of x, for the wide row that starts at element `start`. Inlined for each form of relu. */
static inline void write_row(BatchNormRelu relu, const Pass *pass, int64_t start, int64_t count,
                             Gradient gradient) {
    const real *restrict mean = row_of(pass, BATCH_NORM_MEAN);
    const real *restrict scale = row_of(pass, BATCH_NORM_SCALE);
    const real *restrict shift = row_of(pass, BATCH_NORM_SHIFT);
    const real *restrict dx_slope = row_of(pass, BATCH_NORM_DX_SLOPE);
    const real *restrict dx_shift = row_of(pass, BATCH_NORM_DX_SHIFT);
    real *restrict dx = gradient.data + start;
    const Gradient to = { dx, gradient.accumulate };
    for (int64_t j = 0; j < count; j++) {
        const real g = incoming(relu, pass, start + j, mean[j], scale[j], shift[j]);
        gradient_store(to, j,
                       batch_norm_gradient(g, pass->x[start + j], mean[j], scale[j], dx_slope[j],
                                           dx_shift[j]));
    }
}

static void write_residual_row(const Pass *pass, int64_t start, int64_t count, Gradient gradient) {
    real *restrict dr = gradient.data + start;
    const Gradient to = { dr, gradient.accumulate };
    for (int64_t j = 0; j < count; j++)
        gradient_store(to, j, incoming(BATCH_NORM_RELU_BY_Y, pass, start + j, 0, 0, 0));
}

static void write_chunk(const Pass *pass, int64_t chunk, Gradient dx, Gradient dr) {
    const int64_t width = pass->split.width, start = row_chunks_start(&pass->split, chunk);
    const int64_t end = start + row_chunks_count(&pass->split, chunk);
    for (int64_t i = start; i < end; i += width) {
        const int64_t count = end - i < width ? end - i : width;
        if (dx.data && pass->relu == BATCH_NORM_RELU_BY_Y)
            write_row(BATCH_NORM_RELU_BY_Y, pass, i, count, dx);
        else if (dx.data && pass->relu == BATCH_NORM_RELU_BY_X)
            write_row(BATCH_NORM_RELU_BY_X, pass, i, count, dx);
        else if (dx.data)
            write_row(BATCH_NORM_NO_RELU, pass, i, count, dx);
        if (dr.data) write_residual_row(pass, i, count, dr);
    }
}

static void write_chunks(const Pass *pass, Gradient dx, Gradient dr) {
    const RowChunksShare share = row_chunks_share(&pass->split);
    for (int64_t chunk = share.first; chunk < share.end; chunk++) write_chunk(pass, chunk, dx, dr);
}

void batch_norm_backward_cpu(Node *node) {
    const bool residual = batch_norm_of(node)->residual;
    Pass pass = { row_chunks(&node->shape), batch_norm_relu_form(node), node->inputs[0]->value.data,
                  node->value.data,         node->gradient.data,        node->saved[0].data };
    const Gradient dx = node->input_gradients[0];
    Gradient dr = residual ? node->input_gradients[5] : (Gradient){ NULL, false };
    if (batch_norm_needs_sums(node)) {
        /* The residual's gradient is g: the second pass can read it instead of dy and y. */
        real *kept = dr.accumulate ? NULL : dr.data;
        sum_gradients(node, &pass, kept);
        if (kept) {
            pass.dy = kept;
            pass.relu = BATCH_NORM_NO_RELU;
            dr.data = NULL;
        }
    } else
        memset(row_of(&pass, BATCH_NORM_DX_SLOPE), 0, 2 * (size_t)pass.split.width * sizeof(real));
    if (!dx.data && !dr.data) return;
#pragma omp parallel if (parallel_pays(pass.split.elements))
    write_chunks(&pass, dx, dr);
}
