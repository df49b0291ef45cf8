/* Bilinear resize with half-pixel centres (align_corners = false, no smoothing when it shrinks).
 *
 * Output position o of n, over an input of m, reads the input at (o + 1/2) m / n - 1/2, between
 * i = floor of that and i + 1, both kept inside the image:
 *     y = (1 - t) x[i] + t x[i + 1]     along height and along width
 * In integers that is (2 o + 1) m - n over 2 n, so i and t are exact, on every device.
 * dx is the transpose, written as a gather: an input pixel adds up the outputs that read it, in
 * order, so that no two threads write one element.
 *
 * On the CPU a row of the result is computed in two steps: rows are mixed along height, in one long
 * loop, and the mixed row is then resized along width. There pixels may have few channels, so they
 * are written in whole vectors in order: the next pixel overwrites the excess lanes of a pixel's
 * last vector, and rows have room for a vector past their end. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/resize.h"
#include "autograd/resize_rows.h"
#include "tensor/kernels/vector.h"
#include "tensor/workspace.h"

#include <omp.h>

static bool resize_bilinear_shape(Node *node, Error *error) {
    const Shape *x = &node->inputs[0]->shape, *to = node->attributes;
    if (x->rank != 4 || shape_elements(x) == 0)
        return error_set(error, "x must be [B,H,W,C] and not empty");
    if (to->size[0] < 1 || to->size[1] < 1)
        return error_set(error, "the size asked for, %s, must be 1 or more", shape_text(to).text);
    for (int axis = 0; axis < 2; axis++)
        if (x->size[1 + axis] > RESIZE_SIDE_MOST || to->size[axis] > RESIZE_SIDE_MOST)
            return error_set(error, "no side may be above %d", RESIZE_SIDE_MOST);
    node->shape = shape_4(x->size[0], to->size[0], to->size[1], x->size[3]);
    return true;
}

/* Scratch memory of a thread: two rows, and a table for the loop along width. */
typedef struct ResizeRoom {
    real *mixed, *finished;
    void *table;
} ResizeRoom;

static ResizeRoom room_for(int64_t mixed, int64_t finished, size_t table_bytes) {
    const int64_t rows = mixed + finished + 2 * VECTOR_LANES;
    const int64_t table = (int64_t)(table_bytes / sizeof(real)) + 1;
    real *reals = workspace_reals(WORKSPACE_ROW, rows + table);
    return (ResizeRoom){ reals, reals + mixed + VECTOR_LANES, reals + rows };
}

static void mix(const real *a, const real *b, real t, int64_t n, real *restrict mixed) {
    for (int64_t i = 0; i < n; i++) mixed[i] = (1 - t) * a[i] + t * b[i];
}

/* A row of pixels from one of another width. */
static void resize_row(const real *row, const ResizeTap *taps, int64_t pixels, int64_t channels,
                       real *resized) {
    for (int64_t i = 0; i < pixels; i++) {
        const real *near = row + taps[i].near * channels, *far = row + taps[i].far * channels;
        const real s = taps[i].weight;
        for (int64_t c = 0; c < channels; c += VECTOR_LANES)
            vector_store(resized + i * channels + c,
                         (1 - s) * vector_load(near + c) + s * vector_load(far + c));
    }
}

void resize_bilinear_rows(const real *x, const Shape *in, const Shape *out, const ResizePart *part,
                          real *y) {
    const int64_t width = part->columns, channels = in->size[3], line = in->size[2] * channels;
    const ResizeRoom room = room_for(line, width * channels, (size_t)width * sizeof(ResizeTap));
    ResizeTap *taps = room.table;
    for (int i = 0; i < (int)width; i++)
        taps[i] = resize_tap((int)part->left + i, (int)in->size[2], (int)out->size[2]);
    for (int64_t row = part->first; row < part->end; row++, y += width * channels) {
        const ResizeTap high =
            resize_tap((int)(row % out->size[1]), (int)in->size[1], (int)out->size[1]);
        const real *image = x + row / out->size[1] * in->size[1] * line;
        mix(image + high.near * line, image + high.far * line, high.weight, line, room.mixed);
        resize_row(room.mixed, taps, width, channels, room.finished);
        vector_copy(y, room.finished, width * channels);
    }
}

static void resize_bilinear_forward_cpu(Node *node) {
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int64_t rows = out->size[0] * out->size[1], row_elements = out->size[2] * out->size[3];
#pragma omp parallel if (parallel_pays(shape_elements(out)))
    {
        const int64_t threads = omp_get_num_threads(), thread = omp_get_thread_num();
        const int64_t first = rows * thread / threads, end = rows * (thread + 1) / threads;
        const ResizePart part = { first, end, 0, out->size[2] };
        resize_bilinear_rows(node->inputs[0]->value.data, in, out, &part,
                             node->value.data + first * row_elements);
    }
}

/* An input pixel along width: the outputs that read it. */
typedef struct Readers {
    int first, count;
    int shares; /* where theirs begin in the list */
} Readers;

/* The largest number of shares: an output has two inputs, and the span of an input may hold one
 * more output at either end. */
static int64_t shares_at_most(int64_t in, int64_t out) {
    return 2 * (in + out);
}

static void find_readers(int in, int out, real *shares, Readers *readers) {
    int used = 0;
    for (int i = 0; i < in; i++) {
        const ResizeSpan span = resize_readers(i, in, out);
        readers[i] = (Readers){ span.first, span.end - span.first, used };
        for (int o = span.first; o < span.end; o++) shares[used++] = resize_share(i, o, in, out);
    }
}

/* mixed = the rows of one image of dy that read row h, each times its share. */
static void mix_readers(const real *dy, int h, int height, int out_height, int64_t line,
                        real *restrict mixed) {
    const ResizeSpan span = resize_readers(h, height, out_height);
    vector_clear(mixed, line);
    for (int oh = span.first; oh < span.end; oh++) {
        const real share = resize_share(h, oh, height, out_height);
        const real *restrict row = dy + oh * line;
        for (int64_t i = 0; i < line; i++) mixed[i] += share * row[i];
    }
}

static void gather_row(const real *mixed, const Readers *readers, const real *shares,
                       int64_t pixels, int64_t channels, real *gathered) {
    for (int64_t i = 0; i < pixels; i++) {
        const real *first = mixed + readers[i].first * channels,
                   *share = shares + readers[i].shares;
        for (int64_t c = 0; c < channels; c += VECTOR_LANES) {
            Vector sum = { 0 };
            for (int k = 0; k < readers[i].count; k++)
                sum += share[k] * vector_load(first + k * channels + c);
            vector_store(gathered + i * channels + c, sum);
        }
    }
}

static void resize_bilinear_backward_cpu(Node *node) {
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int height = (int)in->size[1], out_height = (int)out->size[1];
    const int64_t channels = in->size[3], rows = in->size[0] * height;
    const int64_t line = in->size[2] * channels, out_line = out->size[2] * channels;
    const Gradient gradient = node->input_gradients[0];
#pragma omp parallel if (parallel_pays(shape_elements(out)))
    {
        const int64_t most = shares_at_most(in->size[2], out->size[2]);
        const ResizeRoom room = room_for(
            out_line, line, (size_t)most * sizeof(real) + (size_t)in->size[2] * sizeof(Readers));
        real *shares = room.table;
        Readers *readers = (Readers *)(shares + most);
        find_readers((int)in->size[2], (int)out->size[2], shares, readers);
#pragma omp for schedule(static)
        for (int64_t row = 0; row < rows; row++) {
            mix_readers(node->gradient.data + row / height * out_height * out_line,
                        (int)(row % height), height, out_height, out_line, room.mixed);
            gather_row(room.mixed, readers, shares, in->size[2], channels, room.finished);
            if (gradient.accumulate)
                vector_add(gradient.data + row * line, room.finished, line);
            else
                vector_copy(gradient.data + row * line, room.finished, line);
        }
    }
}

/* arguments: height and width; 0 means four times the input's. */
static Node *build(Node *const *in, const double *arguments) {
    const int64_t *size = in[0]->shape.size;
    return op_resize_bilinear(in[0], arguments[0] > 0 ? (int64_t)arguments[0] : 4 * size[1],
                              arguments[1] > 0 ? (int64_t)arguments[1] : 4 * size[2]);
}

/* The same by the definition, in floating point. */
static void oracle_tap(int64_t o, int64_t in, int64_t out, int64_t *near, int64_t *far, double *t) {
    const double at = fmax(0.0, ((double)o + 0.5) * (double)in / (double)out - 0.5);
    *near = (int64_t)floor(at);
    *far = *near + 1 < in ? *near + 1 : in - 1;
    *t = at - (double)*near;
}

static void oracle(const Node *node, double *y) {
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const real *x = node->inputs[0]->value.data;
    for (int64_t i = 0; i < shape_elements(out); i++) {
        const int64_t c = i % in->size[3], ow = i / in->size[3] % out->size[2];
        const int64_t oh = i / in->size[3] / out->size[2] % out->size[1];
        const int64_t batch = i / in->size[3] / out->size[2] / out->size[1];
        int64_t h[2], w[2];
        double t, s;
        oracle_tap(oh, in->size[1], out->size[1], &h[0], &h[1], &t);
        oracle_tap(ow, in->size[2], out->size[2], &w[0], &w[1], &s);
        y[i] = 0;
        for (int k = 0; k < 4; k++)
            y[i] +=
                (k / 2 ? t : 1 - t) * (k % 2 ? s : 1 - s) *
                (double)
                    x[((batch * in->size[1] + h[k / 2]) * in->size[2] + w[k % 2]) * in->size[3] +
                      c];
    }
}

static const ProbeCase resize_bilinear_cases[] = {
    { "four times", { { { 2, 3, 2, 5 } } }, .axes = { "nhwc" } },
    { "odd, up and down", { { { 2, 3, 11, 3 } } }, { 7, 5 }, .axes = { "nhwc" } },
    { "odd, down", { { { 1, 16, 13, 17 } } }, { 7, 5 } },
    { "channels in whole vectors", { { { 2, 3, 4, 4 } } } },
    { "the same size", { { { 1, 7, 5, 2 } } }, { 7, 5 } },
    { "from one pixel", { { { 1, 1, 1, 3 } } }, { 7, 5 } },
    { "to one pixel", { { { 2, 4, 3, 1 } } }, { 1, 1 } },
    { 0 },
};

const Op resize_bilinear_op = {
    .name = "resize_bilinear",
    .differentiable = INPUT(0),
    .shape = resize_bilinear_shape,
    .forward = KERNEL(resize_bilinear_forward),
    .backward = KERNEL(resize_bilinear_backward),
    .probe = { build, oracle, resize_bilinear_cases },
};

Node *op_resize_bilinear(Node *x, int64_t height, int64_t width) {
    const Shape attributes = shape_2(height, width);
    return graph_append(&resize_bilinear_op, (Node *[]){ x }, 1, &attributes, sizeof attributes);
}
