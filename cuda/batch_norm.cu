/* GPU kernels of autograd/batch_norm/batch_norm.c and its kernels; autograd/batch_norm/batch_norm.h has the formulas.
 *
 * Forward reads x twice, for the statistics and to write y. Backward reads x and dy, and with a
 * residual y, twice, for the sums and to write dx together with dresidual. With constant statistics
 * dx = scale g reads x only for the ReLU, and nothing twice unless parameters need gradients.
 *
 * Statistics in one pass (Welford, Technometrics 4, 1962). Each thread keeps mean and squares,
 * the sum of squared differences from the mean, and for the n-th value x moves
 *     d = x - mean     mean += d / n     squares += d (x - mean)
 * Two such sets, also of threads and lanes, are joined (Chan, Golub and LeVeque, 1979) by
 *     d = mean_2 - mean_1     mean = mean_1 + d n_2 / n     squares = squares_1 + squares_2 +
 *                                                                     d^2 n_1 n_2 / n
 * and the chunks, finally, in double: mean = sum n_k mean_k / n, then
 *     squares = sum (squares_k + n_k (mean_k - mean)^2)
 * Nothing here subtracts large sums, so outliers do no harm. A mean far from zero would: mean has
 * no more digits than x, and its rounding errors would accumulate. So all values are taken relative
 * to those of the first row, which makes the means small. */
#include "cuda/row_chunks.h"

C_HEADERS_BEGIN
#include "autograd/batch_norm/batch_norm.h"
#include "autograd/pointwise.h"
C_HEADERS_END

/* A second kernel joins the sums of chunks, so their number is limited. */
enum { SUM_BLOCKS = 512, VALUE_BLOCKS = 2048 };

/* A block that joins chunks: so many channels side by side, and so many lanes down the chunks. */
enum { COLUMNS = 8, LANES = 32, JOIN_THREADS = COLUMNS * LANES };

/* The statistics of a thread, lane or chunk: rows of the partial results. */
enum { PART_MEAN, PART_SQUARES, PART_COUNT, PARTS };
enum { PART_SUM, PART_PRODUCT, GRADIENT_PARTS };

typedef struct JoinShared {
    double room[JOIN_THREADS];
} JoinShared;

/* The sum over the lanes, for every thread of the column. */
static GPU_DEVICE double batch_norm_join(double value, double *room) {
    const int thread = gpu_thread();
    gpu_barrier(); /* the sum before has been read */
    room[thread] = value;
    for (int half = LANES / 2; half > 0; half /= 2) {
        gpu_barrier();
        if (thread / COLUMNS < half) room[thread] += room[thread + half * COLUMNS];
    }
    gpu_barrier();
    return room[thread % COLUMNS];
}

/* The start of `part` of row `row` of the partial results [chunks, parts, fold, channels]. */
static GPU_DEVICE const real *batch_norm_part(const GpuRowChunks *split, const real *partial,
                                              int parts, int part, int64_t row) {
    const int64_t chunk = row / split->fold, fold = row % split->fold;
    return partial + (chunk * parts + part) * gpu_wide_width(split) + fold * split->channels;
}

static GPU_DEVICE void batch_norm_store_part(const GpuRowChunks *split, const GpuWidePlace *place,
                                             real *partial, int parts, int part, GpuVector value) {
    *(GpuVector *)(partial + (place->chunk * parts + part) * gpu_wide_width(split) +
                   (int64_t)place->column * GPU_VECTOR) = value;
}

/* ---- Statistics ---- */

typedef struct BatchNormMeasure {
    GpuRowChunks split;
    const real *x;
    real *partial; /* [chunks, PARTS, width] */
} BatchNormMeasure;

typedef struct BatchNormMeasureShared {
    GpuVector part[PARTS][GPU_WIDE_THREADS];
} BatchNormMeasureShared;

/* Joins the statistics of another lane with those of this one, for one of its channels. */
static GPU_DEVICE void batch_norm_join_lane(BatchNormMeasureShared *shared, int to, int from,
                                            int k) {
    real *mean = &shared->part[PART_MEAN][to].lane[k];
    real *squares = &shared->part[PART_SQUARES][to].lane[k];
    real *count = &shared->part[PART_COUNT][to].lane[k];
    const real other = shared->part[PART_COUNT][from].lane[k], total = *count + other;
    const real share = total > 0 ? other / total : 0;
    const real off = shared->part[PART_MEAN][from].lane[k] - *mean;
    *squares += shared->part[PART_SQUARES][from].lane[k] + off * off * *count * share;
    *mean += off * share;
    *count = total;
}

GPU_KERNEL_SHARED(batch_norm_measure, GPU_WIDE_THREADS, BatchNormMeasure, BatchNormMeasureShared) {
    const GpuWidePlace place = gpu_wide_place(&a->split);
    const GpuVector first = gpu_wide_constants(&a->split, &place, a->x);
    const int thread = gpu_thread(), lanes = a->split.lanes, span = a->split.span;
    GpuVector mean = { { 0 } }, squares = { { 0 } }, count = { { 0 } };
    real rows = 0;
    for (int64_t i = place.begin; i < place.end; i += place.step) {
        const GpuVector x = gpu_vector_load(a->x, i, a->split.elements);
        rows += 1;
        const real share = 1 / rows;
        for (int k = 0; k < GPU_VECTOR; k++) {
            if (i + k >= a->split.elements) continue; /* the last wide row may be incomplete */
            const real value = x.lane[k] - first.lane[k], off = value - mean.lane[k];
            mean.lane[k] += off * share;
            squares.lane[k] += off * (value - mean.lane[k]);
            count.lane[k] = rows;
        }
    }
    shared->part[PART_MEAN][thread] = mean;
    shared->part[PART_SQUARES][thread] = squares;
    shared->part[PART_COUNT][thread] = count;
    for (int half = 1; half < lanes; half *= 2) {
        gpu_barrier();
        if (place.lane % (2 * half) != 0 || place.lane + half >= lanes) continue;
        for (int k = 0; k < GPU_VECTOR; k++)
            batch_norm_join_lane(shared, thread, thread + half * span, k);
    }
    if (place.lane == 0 && place.column < a->split.vectors)
        for (int part = 0; part < PARTS; part++)
            batch_norm_store_part(&a->split, &place, a->partial, PARTS, part,
                                  shared->part[part][thread]);
}

/* ---- Constants ---- */

typedef struct BatchNormSettle {
    GpuRowChunks split;
    const real *x, *partial;   /* partial NULL: the running statistics are the statistics */
    const real *weight, *bias; /* NULL: 1 and 0 */
    real *running_mean, *running_var;
    real *constants; /* rows of `stride` */
    int64_t stride;
} BatchNormSettle;

static GPU_DEVICE void batch_norm_set_constants(const BatchNormSettle *a, int64_t c, double mean,
                                                double var) {
    const BatchNormConstants constants = batch_norm_constants(
        mean, var, a->weight ? (double)a->weight[c] : 1, a->bias ? (double)a->bias[c] : 0);
    for (int i = 0; i < BATCH_NORM_CONSTANTS; i++)
        a->constants[i * a->stride + c] = constants.of[i];
}

/* From the statistics of the chunks to those of the batch, the constants, the running statistics.
 */
GPU_KERNEL_SHARED(batch_norm_settle, JOIN_THREADS, BatchNormSettle, JoinShared) {
    const int lane = gpu_thread() / COLUMNS;
    const int64_t c = (int64_t)gpu_block() * COLUMNS + gpu_thread() % COLUMNS;
    const int64_t parts = c < a->split.channels ? a->split.chunks * a->split.fold : 0;
    const double rows = (double)(a->split.elements / a->split.channels);
    double mean = 0, squares = 0;
    for (int64_t i = lane; i < parts; i += LANES)
        mean += (double)batch_norm_part(&a->split, a->partial, PARTS, PART_COUNT, i)[c] *
                (double)batch_norm_part(&a->split, a->partial, PARTS, PART_MEAN, i)[c];
    mean = batch_norm_join(mean, shared->room) / rows;
    for (int64_t i = lane; i < parts; i += LANES) {
        const double off =
            (double)batch_norm_part(&a->split, a->partial, PARTS, PART_MEAN, i)[c] - mean;
        squares +=
            (double)batch_norm_part(&a->split, a->partial, PARTS, PART_SQUARES, i)[c] +
            (double)batch_norm_part(&a->split, a->partial, PARTS, PART_COUNT, i)[c] * off * off;
    }
    squares = batch_norm_join(squares, shared->room);
    if (lane > 0 || c >= a->split.channels) return;
    mean += (double)a->x[c];
    a->running_mean[c] = batch_norm_running(a->running_mean[c], mean);
    a->running_var[c] = batch_norm_running(a->running_var[c], batch_norm_unbiased(squares, rows));
    batch_norm_set_constants(a, c, mean, squares / rows);
}

GPU_KERNEL(batch_norm_settle_running, GPU_VECTOR_THREADS, BatchNormSettle) {
    const int64_t c = (int64_t)gpu_block() * GPU_VECTOR_THREADS + gpu_thread();
    if (c < a->split.channels)
        batch_norm_set_constants(a, c, (double)a->running_mean[c], (double)a->running_var[c]);
}

/* ---- Values ---- */

typedef struct BatchNormValues {
    GpuRowChunks split;
    const real *x, *residual; /* residual NULL: none */
    const real *constants;
    int64_t stride;
    bool relu;
    real *y;
} BatchNormValues;

GPU_KERNEL(batch_norm_write_values, GPU_WIDE_THREADS, BatchNormValues) {
    const GpuWidePlace place = gpu_wide_place(&a->split);
    const int64_t n = a->split.elements;
    const GpuVector mean =
        gpu_wide_constants(&a->split, &place, a->constants + BATCH_NORM_MEAN * a->stride);
    const GpuVector scale =
        gpu_wide_constants(&a->split, &place, a->constants + BATCH_NORM_SCALE * a->stride);
    const GpuVector shift =
        gpu_wide_constants(&a->split, &place, a->constants + BATCH_NORM_SHIFT * a->stride);
    for (int64_t i = place.begin; i < place.end; i += place.step) {
        GpuVector v = gpu_vector_load(a->x, i, n), residual = { { 0 } };
        if (a->residual) residual = gpu_vector_load(a->residual, i, n);
        for (int k = 0; k < GPU_VECTOR; k++) {
            v.lane[k] = batch_norm_value(v.lane[k], mean.lane[k], scale.lane[k], shift.lane[k]) +
                        residual.lane[k];
            if (a->relu) v.lane[k] = relu_value(v.lane[k]);
        }
        gpu_vector_store(a->y, i, n, v);
    }
}

static void settle(Node *node) {
    const bool affine = batch_norm_of(node)->affine, batch = batch_norm_uses_batch(node);
    const int64_t channels = shape_last(&node->shape);
    BatchNormSettle arguments = { gpu_row_chunks(shape_rows(&node->shape), channels, SUM_BLOCKS),
                                  node->inputs[0]->value.data,
                                  NULL,
                                  affine ? node->inputs[1]->value.data : NULL,
                                  affine ? node->inputs[2]->value.data : NULL,
                                  batch_norm_running_mean(node)->value.data,
                                  batch_norm_running_var(node)->value.data,
                                  node->saved[0].data,
                                  node->saved[0].shape.size[1] };
    if (!batch) {
        gpu_launch(&batch_norm_settle_running, gpu_divide_up(channels, GPU_VECTOR_THREADS),
                   &arguments);
        return;
    }
    const GpuRowChunks *split = &arguments.split;
    Tensor partial = gpu_scratch(split->chunks * PARTS * gpu_wide_width(split));
    const BatchNormMeasure measure = { *split, arguments.x, partial.data };
    gpu_launch(&batch_norm_measure, gpu_wide_blocks(split), &measure);
    arguments.partial = partial.data;
    gpu_launch(&batch_norm_settle, gpu_divide_up(channels, COLUMNS), &arguments);
    tensor_release(&partial);
}

GPU_OP(batch_norm_forward) {
    const BatchNorm *attributes = batch_norm_of(node);
    settle(node);
    const BatchNormValues arguments = { gpu_row_chunks(shape_rows(&node->shape),
                                                       shape_last(&node->shape), VALUE_BLOCKS),
                                        node->inputs[0]->value.data,
                                        attributes->residual ? node->inputs[5]->value.data : NULL,
                                        node->saved[0].data,
                                        node->saved[0].shape.size[1],
                                        attributes->relu,
                                        node->value.data };
    gpu_launch(&batch_norm_write_values, gpu_wide_blocks(&arguments.split), &arguments);
}

/* ---- Backward: sums ---- */

typedef struct BatchNormGradientSums {
    GpuRowChunks split;
    BatchNormRelu relu;
    const real *x, *y, *dy; /* y for BATCH_NORM_RELU_BY_Y */
    const real *constants;
    int64_t stride;
    real *partial; /* [chunks, GRADIENT_PARTS, width] */
} BatchNormGradientSums;

typedef struct BatchNormGradientSumsShared {
    GpuVector sum[GPU_WIDE_THREADS], product[GPU_WIDE_THREADS];
} BatchNormGradientSumsShared;

/* The constants of y for a thread's channels. */
typedef struct BatchNormLine {
    GpuVector mean, scale, shift;
} BatchNormLine;

static GPU_DEVICE BatchNormLine batch_norm_line(const GpuRowChunks *split,
                                                const GpuWidePlace *place, const real *constants,
                                                int64_t stride) {
    const BatchNormLine line = {
        gpu_wide_constants(split, place, constants + BATCH_NORM_MEAN * stride),
        gpu_wide_constants(split, place, constants + BATCH_NORM_SCALE * stride),
        gpu_wide_constants(split, place, constants + BATCH_NORM_SHIFT * stride)
    };
    return line;
}

/* g of elements i..: y decides where the ReLU passes the gradient. */
static GPU_DEVICE GpuVector batch_norm_incoming(BatchNormRelu relu, const BatchNormLine *line,
                                                const GpuVector *x, const real *y, const real *dy,
                                                int64_t i, int64_t n) {
    GpuVector g = gpu_vector_load(dy, i, n), value;
    if (relu == BATCH_NORM_NO_RELU) return g;
    if (relu == BATCH_NORM_RELU_BY_Y) value = gpu_vector_load(y, i, n);
    for (int k = 0; k < GPU_VECTOR; k++) {
        if (relu == BATCH_NORM_RELU_BY_X)
            value.lane[k] = batch_norm_value(x->lane[k], line->mean.lane[k], line->scale.lane[k],
                                             line->shift.lane[k]);
        g.lane[k] = relu_gradient(value.lane[k]) * g.lane[k];
    }
    return g;
}

GPU_KERNEL_SHARED(batch_norm_sum_gradients, GPU_WIDE_THREADS, BatchNormGradientSums,
                  BatchNormGradientSumsShared) {
    const GpuWidePlace place = gpu_wide_place(&a->split);
    const BatchNormLine line = batch_norm_line(&a->split, &place, a->constants, a->stride);
    GpuVector sum = { { 0 } }, product = { { 0 } };
    for (int64_t i = place.begin; i < place.end; i += place.step) {
        const GpuVector x = gpu_vector_load(a->x, i, a->split.elements);
        const GpuVector g =
            batch_norm_incoming(a->relu, &line, &x, a->y, a->dy, i, a->split.elements);
        for (int k = 0; k < GPU_VECTOR; k++) {
            sum.lane[k] += g.lane[k]; /* past the end g is 0 */
            product.lane[k] += g.lane[k] * (x.lane[k] - line.mean.lane[k]);
        }
    }
    shared->sum[gpu_thread()] = sum;
    shared->product[gpu_thread()] = product;
    gpu_wide_fold(&a->split, shared->sum);
    gpu_wide_fold(&a->split, shared->product);
    if (place.lane > 0 || place.column >= a->split.vectors) return;
    batch_norm_store_part(&a->split, &place, a->partial, GRADIENT_PARTS, PART_SUM,
                          shared->sum[gpu_thread()]);
    batch_norm_store_part(&a->split, &place, a->partial, GRADIENT_PARTS, PART_PRODUCT,
                          shared->product[gpu_thread()]);
}

typedef struct BatchNormSettleGradients {
    GpuRowChunks split;
    const real *partial;
    real *constants;
    int64_t stride;
    Gradient dweight, dbias;
} BatchNormSettleGradients;

/* Writes dw and db, and the constants of dx. */
GPU_KERNEL_SHARED(batch_norm_settle_gradients, JOIN_THREADS, BatchNormSettleGradients, JoinShared) {
    const int lane = gpu_thread() / COLUMNS;
    const int64_t c = (int64_t)gpu_block() * COLUMNS + gpu_thread() % COLUMNS;
    const int64_t parts = c < a->split.channels ? a->split.chunks * a->split.fold : 0;
    const double share = (double)a->split.channels / (double)a->split.elements;
    double sum = 0, product = 0;
    for (int64_t i = lane; i < parts; i += LANES) {
        sum += (double)batch_norm_part(&a->split, a->partial, GRADIENT_PARTS, PART_SUM, i)[c];
        product +=
            (double)batch_norm_part(&a->split, a->partial, GRADIENT_PARTS, PART_PRODUCT, i)[c];
    }
    sum = batch_norm_join(sum, shared->room);
    product = batch_norm_join(product, shared->room);
    if (lane > 0 || c >= a->split.channels) return;
    const double scale = (double)a->constants[BATCH_NORM_SCALE * a->stride + c];
    const double r = (double)a->constants[BATCH_NORM_R * a->stride + c];
    if (a->dweight.data) gradient_store(a->dweight, c, (real)(r * product));
    if (a->dbias.data) gradient_store(a->dbias, c, (real)sum);
    a->constants[BATCH_NORM_DX_SHIFT * a->stride + c] =
        batch_norm_gradient_shift(scale, sum, share);
    a->constants[BATCH_NORM_DX_SLOPE * a->stride + c] =
        batch_norm_gradient_slope(scale, r, product, share);
}

/* ---- Backward: elements ---- */

typedef struct BatchNormGradients {
    GpuRowChunks split;
    BatchNormRelu relu;
    bool of_batch;          /* otherwise the statistics are constants, and dx = scale g */
    const real *x, *y, *dy; /* y for BATCH_NORM_RELU_BY_Y */
    const real *constants;
    int64_t stride;
    Gradient dx, dresidual;
} BatchNormGradients;

/* Where the residual is x itself, a thread adds the second share to its own first one. */
GPU_KERNEL(batch_norm_write_gradients, GPU_WIDE_THREADS, BatchNormGradients) {
    const GpuWidePlace place = gpu_wide_place(&a->split);
    const int64_t n = a->split.elements;
    const BatchNormLine line = batch_norm_line(&a->split, &place, a->constants, a->stride);
    GpuVector shift = { { 0 } }, slope = { { 0 } };
    if (a->of_batch) {
        shift =
            gpu_wide_constants(&a->split, &place, a->constants + BATCH_NORM_DX_SHIFT * a->stride);
        slope =
            gpu_wide_constants(&a->split, &place, a->constants + BATCH_NORM_DX_SLOPE * a->stride);
    }
    for (int64_t i = place.begin; i < place.end; i += place.step) {
        GpuVector x = { { 0 } }, dx;
        if (a->of_batch || a->relu == BATCH_NORM_RELU_BY_X) x = gpu_vector_load(a->x, i, n);
        const GpuVector g = batch_norm_incoming(a->relu, &line, &x, a->y, a->dy, i, n);
        for (int k = 0; k < GPU_VECTOR; k++)
            dx.lane[k] = batch_norm_gradient(g.lane[k], x.lane[k], line.mean.lane[k],
                                             line.scale.lane[k], slope.lane[k], shift.lane[k]);
        if (a->dx.data) gpu_vector_store_gradient(a->dx, i, n, dx);
        if (a->dresidual.data) gpu_vector_store_gradient(a->dresidual, i, n, g);
    }
}

static const Gradient unwanted = { NULL, false };

static void sum_gradients(Node *node) {
    const bool affine = batch_norm_of(node)->affine;
    const int64_t channels = shape_last(&node->shape), stride = node->saved[0].shape.size[1];
    const GpuRowChunks split = gpu_row_chunks(shape_rows(&node->shape), channels, SUM_BLOCKS);
    Tensor partial = gpu_scratch(split.chunks * GRADIENT_PARTS * gpu_wide_width(&split));
    const BatchNormGradientSums sums = { split,
                                         batch_norm_relu_form(node),
                                         node->inputs[0]->value.data,
                                         node->value.data,
                                         node->gradient.data,
                                         node->saved[0].data,
                                         stride,
                                         partial.data };
    gpu_launch(&batch_norm_sum_gradients, gpu_wide_blocks(&split), &sums);
    const BatchNormSettleGradients settle_gradients = {
        split,
        partial.data,
        node->saved[0].data,
        stride,
        affine ? node->input_gradients[1] : unwanted,
        affine ? node->input_gradients[2] : unwanted
    };
    gpu_launch(&batch_norm_settle_gradients, gpu_divide_up(channels, COLUMNS), &settle_gradients);
    tensor_release(&partial);
}

GPU_OP(batch_norm_backward) {
    const BatchNormGradients arguments = {
        gpu_row_chunks(shape_rows(&node->shape), shape_last(&node->shape), VALUE_BLOCKS),
        batch_norm_relu_form(node),
        batch_norm_uses_batch(node),
        node->inputs[0]->value.data,
        node->value.data,
        node->gradient.data,
        node->saved[0].data,
        node->saved[0].shape.size[1],
        node->input_gradients[0],
        batch_norm_of(node)->residual ? node->input_gradients[5] : unwanted
    };
    if (batch_norm_needs_sums(node)) sum_gradients(node);
    if (arguments.dx.data || arguments.dresidual.data)
        gpu_launch(&batch_norm_write_gradients, gpu_wide_blocks(&arguments.split), &arguments);
}
