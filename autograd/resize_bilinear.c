/* Bilinear resize with half-pixel centres (align_corners = false, no smoothing when it shrinks).
 *
 * Output position o of n, over an input of m, reads the input at (o + 1/2) m / n - 1/2, between
 * i = floor of that and i + 1, both kept inside the image:
 *     y = (1 - t) x[i] + t x[i + 1]     along height and along width
 * In integers that is (2 o + 1) m - n over 2 n, so i and t are exact, on every device.
 * dx is the transpose, written as a gather: an input pixel adds up the outputs that read it, in
 * order, so that no two threads write one element. */
#include "autograd/ops.h"
#include "autograd/probe.h"
#include "autograd/resize.h"

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

/* y = the mean of four pixels, weighted along height by t and along width by s. */
static void blend(const real *restrict a, const real *restrict b, const real *restrict c,
                  const real *restrict d, real t, real s, int64_t channels, real *restrict y) {
    for (int64_t i = 0; i < channels; i++)
        y[i] = (1 - t) * ((1 - s) * a[i] + s * b[i]) + t * ((1 - s) * c[i] + s * d[i]);
}

static void resize_bilinear_forward_cpu(Node *node) {
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int64_t channels = in->size[3], rows = out->size[0] * out->size[1];
    const real *x = node->inputs[0]->value.data;
#pragma omp parallel for schedule(static) if (shape_elements(out) >= PARALLEL_MINIMUM)
    for (int64_t row = 0; row < rows; row++) {
        const int64_t batch = row / out->size[1];
        const ResizeTap high =
            resize_tap((int)(row % out->size[1]), (int)in->size[1], (int)out->size[1]);
        const real *above = x + (batch * in->size[1] + high.near) * in->size[2] * channels;
        const real *below = x + (batch * in->size[1] + high.far) * in->size[2] * channels;
        for (int ow = 0; ow < (int)out->size[2]; ow++) {
            const ResizeTap wide = resize_tap(ow, (int)in->size[2], (int)out->size[2]);
            blend(above + wide.near * channels, above + wide.far * channels,
                  below + wide.near * channels, below + wide.far * channels, high.weight,
                  wide.weight, channels, node->value.data + (row * out->size[2] + ow) * channels);
        }
    }
}

static void add_scaled(const real *restrict dy, real factor, int64_t channels, real *restrict dx) {
    for (int64_t i = 0; i < channels; i++) dx[i] += factor * dy[i];
}

static void resize_bilinear_backward_cpu(Node *node) {
    const Shape *in = &node->inputs[0]->shape, *out = &node->shape;
    const int height = (int)in->size[1], out_height = (int)out->size[1];
    const int width = (int)in->size[2], out_width = (int)out->size[2];
    const int64_t channels = in->size[3], rows = in->size[0] * height;
    const Gradient gradient = node->input_gradients[0];
#pragma omp parallel for schedule(static) if (shape_elements(out) >= PARALLEL_MINIMUM)
    for (int64_t row = 0; row < rows; row++) {
        const int64_t batch = row / height;
        const int h = (int)(row % height);
        const ResizeSpan high = resize_readers(h, height, out_height);
        for (int w = 0; w < width; w++) {
            const ResizeSpan wide = resize_readers(w, width, out_width);
            real *dx = gradient.data + (row * width + w) * channels;
            for (int64_t i = 0; !gradient.accumulate && i < channels; i++) dx[i] = 0;
            for (int ow = wide.first; ow < wide.end; ow++) {
                const real s = resize_share(w, ow, width, out_width);
                for (int oh = high.first; oh < high.end; oh++)
                    add_scaled(node->gradient.data +
                                   ((batch * out_height + oh) * out_width + ow) * channels,
                               s * resize_share(h, oh, height, out_height), channels, dx);
            }
        }
    }
}

static Node *build_up(Node *const *in) {
    return resize_bilinear(in[0], 4 * in[0]->shape.size[1], 4 * in[0]->shape.size[2]);
}

static Node *build_odd(Node *const *in) {
    return resize_bilinear(in[0], 7, 5);
}

static Node *build_one(Node *const *in) {
    return resize_bilinear(in[0], 1, 1);
}

/* The same by the definition, in floating point. */
static void oracle_tap(int64_t o, int64_t in, int64_t out, int64_t *near, int64_t *far, double *t) {
    const double at = fmax(0.0, ((double)o + 0.5) * (double)in / (double)out - 0.5);
    *near = (int64_t)floor(at);
    *far = *near + 1 < in ? *near + 1 : in - 1;
    *t = at - (double)*near;
}

static void resize_bilinear_oracle(const Node *node, double *y) {
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

static const ProbeCase resize_bilinear_probe[] = {
    { "four times",
      1,
      { { .shape = { 4, { 2, 3, 2, 5 } } } },
      build_up,
      resize_bilinear_oracle,
      false },
    { "odd, up and down",
      1,
      { { .shape = { 4, { 2, 3, 11, 3 } } } },
      build_odd,
      resize_bilinear_oracle,
      false },
    { "odd, down",
      1,
      { { .shape = { 4, { 1, 16, 13, 17 } } } },
      build_odd,
      resize_bilinear_oracle,
      false },
    { "channels in whole vectors",
      1,
      { { .shape = { 4, { 2, 3, 4, 4 } } } },
      build_up,
      resize_bilinear_oracle,
      false },
    { "the same size",
      1,
      { { .shape = { 4, { 1, 7, 5, 2 } } } },
      build_odd,
      resize_bilinear_oracle,
      false },
    { "from one pixel",
      1,
      { { .shape = { 4, { 1, 1, 1, 3 } } } },
      build_odd,
      resize_bilinear_oracle,
      false },
    { "to one pixel",
      1,
      { { .shape = { 4, { 2, 4, 3, 1 } } } },
      build_one,
      resize_bilinear_oracle,
      false },
    { 0 },
};

const Op op_resize_bilinear = {
    .name = "resize_bilinear",
    .differentiable = INPUT(0),
    .shape = resize_bilinear_shape,
    .forward = KERNEL(resize_bilinear_forward),
    .backward = KERNEL(resize_bilinear_backward),
    .probe = resize_bilinear_probe,
};

/* x: [B,H,W,C], resized to [B,height,width,C], larger or smaller. */
Node *resize_bilinear(Node *x, int64_t height, int64_t width) {
    const Shape attributes = shape_2(height, width);
    return graph_append(&op_resize_bilinear, (Node *[]){ x }, 1, &attributes, sizeof attributes);
}
