/* depthwise.c - convolution with one filter per channel (groups == in == out).
 *
 * With nine multiply-adds per value, blocking saves nothing. Each pixel's channels are one row of
 * vectors, and the taps are laid out as rows of channels too, so that every load is a whole vector.
 * Pixels outside the image are skipped by narrowing the range of taps.
 */
#include "tensor/kernels/depthwise.h"

#include "tensor/integer.h"
#include "tensor/kernels/vector.h"
#include "tensor/workspace.h"

/* filters[tap][channel] from weight[channel][tap]. */
static real *filters_by_tap(const Conv2dShape *shape, const real *weight) {
    const int64_t taps = shape->kernel_height * shape->kernel_width, channels = shape->in;
    real *filters = workspace_reals(WORKSPACE_CONV2D, taps * channels);
    for (int64_t c = 0; c < channels; c++)
        for (int64_t tap = 0; tap < taps; tap++)
            filters[tap * channels + c] = weight[c * taps + tap];
    return filters;
}

/* The taps that one pixel of the result sums over, rows x columns of them: the addresses of the
 * first one's values and filters, and the distances to the next tap and the next row of taps. */
typedef struct Walk {
    const real *values, *filters;
    int64_t rows, columns;
    int64_t value_row_step, value_step;
    int64_t filter_row_step, filter_step;
} Walk;

/* to[c] = (accumulate ? to[c] : 0) + (bias ? bias[c] : 0) + sum over taps of value * filter. */
static void sum_taps(const Walk *walk, int64_t channels, const real *bias, bool accumulate,
                     real *to) {
    int64_t c = 0;
    for (; c + VECTOR_LANES <= channels; c += VECTOR_LANES) {
        Vector sum = bias ? vector_load(bias + c) : (Vector){ 0 };
        for (int64_t i = 0; i < walk->rows; i++) {
            const real *values = walk->values + i * walk->value_row_step + c;
            const real *filters = walk->filters + i * walk->filter_row_step + c;
            for (int64_t j = 0; j < walk->columns; j++)
                sum += vector_load(values + j * walk->value_step) *
                       vector_load(filters + j * walk->filter_step);
        }
        vector_store(to + c, accumulate ? vector_load(to + c) + sum : sum);
    }
    for (; c < channels; c++) {
        real sum = bias ? bias[c] : 0;
        for (int64_t i = 0; i < walk->rows; i++)
            for (int64_t j = 0; j < walk->columns; j++)
                sum += walk->values[i * walk->value_row_step + j * walk->value_step + c] *
                       walk->filters[i * walk->filter_row_step + j * walk->filter_step + c];
        to[c] = accumulate ? to[c] + sum : sum;
    }
}

void depthwise_forward(const Conv2dShape *shape, const real *x, const real *weight,
                       const real *bias, const Epilogue *epilogue, real *y) {
    const int64_t channels = shape->in, line = shape->width * channels;
    const int64_t out_height = conv2d_out_height(shape), out_width = conv2d_out_width(shape);
    const real *filters = filters_by_tap(shape, weight);
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < shape->batch * out_height; row++) {
        const int64_t top = row % out_height * shape->stride - shape->padding;
        const int64_t ky = larger(0, -top);
        const real *image = x + row / out_height * shape->height * line;
        for (int64_t ox = 0; ox < out_width; ox++) {
            const int64_t left = ox * shape->stride - shape->padding, kx = larger(0, -left);
            const Walk walk = { .values = image + (top + ky) * line + (left + kx) * channels,
                                .filters = filters + (ky * shape->kernel_width + kx) * channels,
                                .rows = smaller(shape->kernel_height, shape->height - top) - ky,
                                .columns = smaller(shape->kernel_width, shape->width - left) - kx,
                                .value_row_step = line,
                                .value_step = channels,
                                .filter_row_step = shape->kernel_width * channels,
                                .filter_step = channels };
            real *pixel = y + (row * out_width + ox) * channels;
            sum_taps(&walk, channels, bias, false, pixel);
            epilogue_apply(epilogue, pixel, channels);
        }
    }
}

/* One dimension of the data gradient: position `at` of dx uses the taps first, first + stride, ...
 * (`count` of them) at positions out, out - 1, ... of dy. */
typedef struct Meeting {
    int64_t first, out, count;
} Meeting;

static Meeting meeting_at(int64_t at, int64_t kernel, int64_t out_size, const Conv2dShape *shape) {
    const int64_t s = shape->stride, reach = at + shape->padding;
    const int64_t skip = larger(0, reach / s - (out_size - 1)); /* taps past the end of dy */
    Meeting meeting = { reach % s + skip * s, reach / s - skip, 0 };
    meeting.count = smaller(divide_up(kernel - meeting.first, s), meeting.out + 1);
    meeting.count = larger(meeting.count, 0);
    return meeting;
}

void depthwise_backward_data(const Conv2dShape *shape, const real *dy, const real *weight, real *dx,
                             bool accumulate) {
    const int64_t channels = shape->in;
    const int64_t out_height = conv2d_out_height(shape), out_width = conv2d_out_width(shape);
    const real *filters = filters_by_tap(shape, weight);
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < shape->batch * shape->height; row++) {
        const Meeting y = meeting_at(row % shape->height, shape->kernel_height, out_height, shape);
        const real *line = dy + (row / shape->height * out_height + y.out) * out_width * channels;
        for (int64_t at = 0; at < shape->width; at++) {
            const Meeting x = meeting_at(at, shape->kernel_width, out_width, shape);
            const Walk walk = { .values = line + x.out * channels,
                                .filters =
                                    filters + (y.first * shape->kernel_width + x.first) * channels,
                                .rows = y.count,
                                .columns = x.count,
                                .value_row_step = -out_width * channels,
                                .value_step = -channels,
                                .filter_row_step = shape->stride * shape->kernel_width * channels,
                                .filter_step = shape->stride * channels };
            sum_taps(&walk, channels, NULL, accumulate, dx + (row * shape->width + at) * channels);
        }
    }
}

/* The weight gradient of one line of dy and one tap: sum[c] += values * gradients over `count`
 * pixels. Processes four vectors at a time, which keeps four independent sums in flight. */
static void sum_line(const real *values, int64_t value_step, const real *gradients, int64_t count,
                     int64_t channels, real *sum) {
    enum { FLIGHT = 4 };
    int64_t c = 0;
    for (; c + FLIGHT * VECTOR_LANES <= channels; c += FLIGHT * VECTOR_LANES) {
        Vector sums[FLIGHT] = { 0 };
        for (int64_t i = 0; i < count; i++)
            for (int v = 0; v < FLIGHT; v++)
                sums[v] += vector_load(values + i * value_step + c + v * VECTOR_LANES) *
                           vector_load(gradients + i * channels + c + v * VECTOR_LANES);
        for (int v = 0; v < FLIGHT; v++) {
            real *to = sum + c + v * VECTOR_LANES;
            vector_store(to, vector_load(to) + sums[v]);
        }
    }
    for (; c < channels; c++) {
        real single = 0;
        for (int64_t i = 0; i < count; i++)
            single += values[i * value_step + c] * gradients[i * channels + c];
        sum[c] += single;
    }
}

/* Adds line `row` of dy (of all images) to sums[tap][channel]. */
static void add_line(const Conv2dShape *shape, const real *x, const real *dy, int64_t row,
                     real *sums) {
    const int64_t channels = shape->in, s = shape->stride, p = shape->padding;
    const int64_t out_height = conv2d_out_height(shape), out_width = conv2d_out_width(shape);
    for (int64_t ky = 0; ky < shape->kernel_height; ky++) {
        const int64_t y = row % out_height * s + ky - p;
        if (y < 0 || y >= shape->height) continue;
        const real *line = x + (row / out_height * shape->height + y) * shape->width * channels;
        for (int64_t kx = 0; kx < shape->kernel_width; kx++) {
            const int64_t first = larger(0, divide_up(p - kx, s));
            const int64_t end = smaller(out_width, divide_up(shape->width + p - kx, s));
            if (first >= end) continue;
            sum_line(line + (first * s + kx - p) * channels, s * channels,
                     dy + (row * out_width + first) * channels, end - first, channels,
                     sums + (ky * shape->kernel_width + kx) * channels);
        }
    }
}

/* Lines of dy are summed in at most so many chunks, and the chunks are added pairwise. */
enum { CHUNKS = 64 };

void depthwise_backward_weight(const Conv2dShape *shape, const real *x, const real *dy,
                               real *dweight, bool accumulate) {
    const int64_t taps = shape->kernel_height * shape->kernel_width, channels = shape->in;
    const int64_t lines = shape->batch * conv2d_out_height(shape), values = taps * channels;
    const int64_t chunk_lines = larger(1, divide_up(lines, CHUNKS));
    const int64_t chunks = larger(1, divide_up(lines, chunk_lines));
    real *sums = workspace_reals(WORKSPACE_CONV2D, chunks * values);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < chunks; i++) {
        vector_clear(sums + i * values, values);
        for (int64_t row = i * chunk_lines; row < smaller(lines, (i + 1) * chunk_lines); row++)
            add_line(shape, x, dy, row, sums + i * values);
    }
    for (int64_t half = 1; half < chunks; half *= 2)
        for (int64_t i = 0; i + half < chunks; i += 2 * half)
            vector_add(sums + i * values, sums + (i + half) * values, values);
    for (int64_t c = 0; c < channels; c++)
        for (int64_t tap = 0; tap < taps; tap++) {
            real *to = &dweight[c * taps + tap];
            *to = accumulate ? *to + sums[tap * channels + c] : sums[tap * channels + c];
        }
}
