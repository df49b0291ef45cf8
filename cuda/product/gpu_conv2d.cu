/* Convolutions as Products (product.h). With I = in/groups and O = out/groups, in every group:
 *     forward   y[p, o]  = sum over (ky,kx,i)  window(p)[ky,kx,i] w[o,(ky,kx,i)]
 *     data      dx[p, i] = sum over (ky,kx,o)  window'(p)[ky,kx,o] w[o,(ky,kx,i)]  for each phase
 *     weight    dw[o, (ky,kx,i)] = sum over p  dy[p,o] window(p)[ky,kx,i]
 */
#include "cuda/product/gpu_conv2d.h"
#include "cuda/column_sums.h"
#include "cuda/product/product.h"

C_HEADERS_BEGIN
#include "tensor/kernels/conv2d_phase.h"
C_HEADERS_END

static int64_t out_pixels(const Conv2dShape *s) {
    return s->batch * conv2d_out_height(s) * conv2d_out_width(s);
}

/* Of one filter. */
static int64_t kernel_values(const Conv2dShape *s) {
    return s->kernel_height * s->kernel_width * (s->in / s->groups);
}

static int digit_size(int64_t size) {
    return product_int(size > 1 ? size : 1);
}

/* ---- Axes ---- */

/* The pixels (n, y, x) of [.,lines,columns] among those of images of `line` reals a line and
 * `image` reals an image: `apart` pixels, of `channels` reals, lie from one to the next. */
static ProductAxis pixels(int64_t lines, int64_t columns, int64_t apart, int64_t channels,
                          int64_t line, int64_t image) {
    ProductAxis axis = product_axis(columns, apart * channels);
    axis.size[1] = digit_size(lines);
    axis.stride[1] = apart * line;
    axis.stride[2] = image;
    axis.y[1] = axis.x[0] = product_int(apart);
    return axis;
}

/* The values (ty, tx, c) of a window of taps `columns` wide, c below `channels`. */
static ProductAxis window(int64_t columns, int64_t channels, int64_t tap, int64_t line) {
    ProductAxis axis = product_axis(channels, 1);
    axis.size[1] = digit_size(columns);
    axis.stride[1] = tap;
    axis.stride[2] = line;
    axis.y[2] = axis.x[1] = 1;
    return axis;
}

/* ---- Forward, and the gradient of the filters ---- */

/* x, indexed by the output: `row` are output pixels and `depth` the values of their windows. */
static ProductFactor windows_of_image(const Conv2dShape *s, const real *x) {
    const int64_t line = s->width * s->in;
    ProductFactor factor = product_matrix(x, 1, 0, 1, 0);
    factor.group_stride = s->in / s->groups;
    factor.origin = -s->padding * (line + s->in);
    factor.origin_y = factor.origin_x = -product_int(s->padding);
    factor.height = product_int(s->height);
    factor.width = product_int(s->width);
    factor.row =
        pixels(conv2d_out_height(s), conv2d_out_width(s), s->stride, s->in, line, s->height * line);
    factor.depth = window(s->kernel_width, s->in / s->groups, s->in, line);
    return factor;
}

static Product product_of_sizes(ProductForm form, int64_t rows, int64_t columns, int64_t depth,
                                int64_t groups) {
    Product product;
    memset(&product, 0, sizeof product);
    product.form = form;
    product.rows = product_int(rows);
    product.columns = product_int(columns);
    product.depth = product_int(depth);
    product.groups = product_int(groups);
    return product;
}

void gpu_conv2d_forward(const Conv2dShape *s, const real *x, const real *weight,
                        ProductEpilogue epilogue, real *y) {
    const int64_t out = s->out / s->groups, depth = kernel_values(s);
    if (conv2d_is_depthwise(s)) {
        gpu_depthwise_forward(s, x, weight, epilogue, y);
        return;
    }
    Product product = product_of_sizes(PRODUCT_ROW_ROW, out_pixels(s), out, depth, s->groups);
    product.left = windows_of_image(s, x);
    product.right = product_matrix(weight, out, depth, depth, 1);
    product.right.group_stride = out * depth;
    product.to = y;
    product.to_group = out;
    product.to_row = product_axis(product.rows, s->out);
    product.epilogue = epilogue;
    product_run(product);
}

void gpu_conv2d_backward_weight(const Conv2dShape *s, const real *x, const real *dy,
                                Gradient dweight) {
    const int64_t out = s->out / s->groups, values = kernel_values(s);
    if (!dweight.data) return;
    if (conv2d_is_depthwise(s)) {
        gpu_depthwise_backward_weight(s, x, dy, dweight);
        return;
    }
    Product product =
        product_of_sizes(PRODUCT_COLUMN_COLUMN, out, values, out_pixels(s), s->groups);
    product.left = product_matrix(dy, out, 1, product.depth, s->out);
    product.left.group_stride = out;
    product.right = windows_of_image(s, x);
    const ProductAxis of_pixels = product.right.row;
    product.right.row = product.right.depth;
    product.right.depth = of_pixels;
    product.to = dweight.data;
    product.to_group = out * values;
    product.to_row = product_axis(out, values);
    product.epilogue = product_epilogue(NULL, dweight.accumulate);
    product_run(product);
}

/* ---- The gradient of the image ---- */

/* dy, indexed by the pixels of dx of one phase. */
static ProductFactor windows_of_gradient(const Conv2dShape *s, const real *dy, Conv2dPhase y,
                                         Conv2dPhase x) {
    const int64_t height = conv2d_out_height(s), width = conv2d_out_width(s), line = width * s->out;
    ProductFactor factor = product_matrix(dy, 1, 0, 1, 0);
    factor.group_stride = s->out / s->groups;
    factor.origin = y.origin * line + x.origin * s->out;
    factor.origin_y = (int)y.origin;
    factor.origin_x = (int)x.origin;
    factor.height = product_int(height);
    factor.width = product_int(width);
    factor.row = pixels(y.count, x.count, 1, s->out, line, height * line);
    factor.depth = window(x.taps, s->out / s->groups, s->out, line);
    return factor;
}

/* The filters as [(ty, tx, o), i]. Taps run backwards, `stride` at a time: a later line of dy used
 * the pixel with an earlier tap. */
static ProductFactor filters_of_phase(const Conv2dShape *s, const real *weight, Conv2dPhase y,
                                      Conv2dPhase x) {
    const int64_t in = s->in / s->groups, out = s->out / s->groups, line = s->kernel_width * in;
    ProductFactor factor = product_matrix(weight, in, 1, out, kernel_values(s));
    factor.group_stride = out * kernel_values(s);
    factor.origin = (y.lowest_tap + (y.taps - 1) * s->stride) * line +
                    (x.lowest_tap + (x.taps - 1) * s->stride) * in;
    factor.depth.size[1] = digit_size(x.taps);
    factor.depth.stride[1] = -s->stride * in;
    factor.depth.stride[2] = -s->stride * line;
    return factor;
}

/* Pixels that no tap reaches have an empty depth, and become 0. */
static void run_phase(const Conv2dShape *s, Conv2dPhase y, Conv2dPhase x, const real *dy,
                      const real *weight, Gradient dx) {
    const int64_t in = s->in / s->groups, out = s->out / s->groups, line = s->width * s->in;
    const int64_t depth = y.taps * x.taps * out;
    if (depth == 0 && dx.accumulate) return;
    Product product =
        product_of_sizes(PRODUCT_ROW_COLUMN, s->batch * y.count * x.count, in, depth, s->groups);
    product.left = windows_of_gradient(s, dy, y, x);
    product.right = filters_of_phase(s, weight, y, x);
    product.to = dx.data + y.first * line + x.first * s->in;
    product.to_group = in;
    product.to_row = pixels(y.count, x.count, s->stride, s->in, line, s->height * line);
    product.epilogue = product_epilogue(NULL, dx.accumulate);
    product_run(product);
}

/* The phases are launched one after the other. Strides are rare in a network, and the constants of
 * a separate product per phase save more than the tail of its launch costs. */
void gpu_conv2d_backward_data(const Conv2dShape *s, const real *dy, const real *weight,
                              Gradient dx) {
    if (!dx.data) return;
    if (conv2d_is_depthwise(s)) {
        gpu_depthwise_backward_data(s, dy, weight, dx);
        return;
    }
    for (int64_t y = 0; y < s->stride; y++)
        for (int64_t x = 0; x < s->stride; x++)
            run_phase(s, conv2d_phase(y, s->height, s->kernel_height, s),
                      conv2d_phase(x, s->width, s->kernel_width, s), dy, weight, dx);
}

void gpu_conv2d_backward_bias(const Conv2dShape *s, const real *dy, Gradient dbias) {
    if (dbias.data) gpu_column_sums(out_pixels(s), s->out, dy, NULL, dbias);
}
