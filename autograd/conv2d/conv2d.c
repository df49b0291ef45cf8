/* Convolution of images, in groups:
 *     y[n,oy,ox,o] = bias[o] + sum over ky,kx,i of
 *                    x[n, oy s + ky - p, ox s + kx - p, g I + i] weight[o,ky,kx,i],
 * I = in/groups, g = o / (out/groups); x is 0 in the padding. y is linear in each input, so each
 * gradient is the same sum with dy in the input's place:
 *     dx[n,y,x,gI+i]      = sum of dy[n,oy,ox,o] weight[o,ky,kx,i]   over y = oy s + ky - p, ...
 *     dweight[o,ky,kx,i]  = sum over n,oy,ox of dy[n,oy,ox,o] x[n,oy s + ky - p, ..., gI+i]
 *     dbias[o]            = sum over n,oy,ox of dy[n,oy,ox,o]. */
#include "autograd/conv2d/conv2d.h"
#include "autograd/ops.h"
#include "autograd/probe.h"

static bool conv2d_shape(Node *node, Error *error) {
    const Conv2d *conv = node->attributes;
    const Shape *x = &node->inputs[0]->shape, *weight = &node->inputs[1]->shape;
    const long long groups = conv->groups;
    if (x->rank != 4) return error_set(error, "x must be [B,H,W,C]");
    if (weight->rank != 4) return error_set(error, "weight must be [out,kernel_h,kernel_w,in]");
    if (conv->stride < 1 || conv->padding < 0 || groups < 1)
        return error_set(error,
                         "stride %lld, padding %lld, groups %lld: stride and groups must be 1 or "
                         "more, and the padding 0 or more",
                         (long long)conv->stride, (long long)conv->padding, groups);
    if (x->size[3] != weight->size[3] * groups)
        return error_set(error, "x has %lld channels; weight expects %lld in each of %lld groups",
                         (long long)x->size[3], (long long)weight->size[3], groups);
    if (weight->size[0] % groups)
        return error_set(error, "%lld output channels do not divide into %lld groups",
                         (long long)weight->size[0], groups);
    if (node->input_count == 3 &&
        (node->inputs[2]->shape.rank != 1 || node->inputs[2]->shape.size[0] != weight->size[0]))
        return error_set(error, "bias must be [%lld], one for each output channel",
                         (long long)weight->size[0]);
    const Conv2dShape shape = conv2d_node_shape(node);
    const int64_t height = conv2d_out_height(&shape), width = conv2d_out_width(&shape);
    if (weight->size[1] < 1 || weight->size[2] < 1 || height < 1 || width < 1)
        return error_set(error, "a kernel of %lldx%lld with padding %lld does not fit the image",
                         (long long)weight->size[1], (long long)weight->size[2],
                         (long long)conv->padding);
    node->shape = shape_4(x->size[0], height, width, weight->size[0]);
    return true;
}

void conv2d_node_forward(Node *node, const Conv2dShape *shape) {
    conv2d_forward(shape, node->inputs[0]->value.data, node->inputs[1]->value.data,
                   node->input_count == 3 ? node->inputs[2]->value.data : NULL, node->value.data);
}

void conv2d_node_backward(Node *node, const Conv2dShape *shape) {
    const real *dy = node->gradient.data;
    const Gradient *gradients = node->input_gradients;
    if (gradients[0].data)
        conv2d_backward_data(shape, dy, node->inputs[1]->value.data, gradients[0].data,
                             gradients[0].accumulate);
    if (gradients[1].data)
        conv2d_backward_weight(shape, node->inputs[0]->value.data, dy, gradients[1].data,
                               gradients[1].accumulate);
    if (node->input_count == 3 && gradients[2].data)
        conv2d_backward_bias(shape, dy, gradients[2].data, gradients[2].accumulate);
}

static void conv2d_forward_cpu(Node *node) {
    const Conv2dShape shape = conv2d_node_shape(node);
    conv2d_node_forward(node, &shape);
}

static void conv2d_backward_cpu(Node *node) {
    const Conv2dShape shape = conv2d_node_shape(node);
    conv2d_node_backward(node, &shape);
}

static int64_t conv2d_node_multiply_adds(const Node *node) {
    const Conv2dShape shape = conv2d_node_shape(node);
    return conv2d_multiply_adds(&shape);
}

/* arguments: stride, padding, groups; 0 groups means one per channel. */
static Node *build(Node *const *in, const double *arguments) {
    const int groups = arguments[2] > 0 ? (int)arguments[2] : (int)in[0]->shape.size[3];
    return op_conv2d(in[0], in[1], in[2], (int)arguments[0], (int)arguments[1], groups);
}

/* One output element, directly from the definition. */
static double conv2d_at(const Node *node, const Conv2dShape *s, int64_t n, int64_t oy, int64_t ox,
                        int64_t o) {
    const int64_t in = s->in / s->groups, g = o / (s->out / s->groups);
    const real *image = node->inputs[0]->value.data, *weight = node->inputs[1]->value.data;
    double sum = node->input_count == 3 ? node->inputs[2]->value.data[o] : 0;
    for (int64_t ky = 0; ky < s->kernel_height; ky++)
        for (int64_t kx = 0; kx < s->kernel_width; kx++)
            for (int64_t i = 0; i < in; i++) {
                const int64_t y = oy * s->stride + ky - s->padding;
                const int64_t x = ox * s->stride + kx - s->padding;
                if (y < 0 || y >= s->height || x < 0 || x >= s->width) continue;
                sum += (double)image[((n * s->height + y) * s->width + x) * s->in + g * in + i] *
                       weight[((o * s->kernel_height + ky) * s->kernel_width + kx) * in + i];
            }
    return sum;
}

static void oracle(const Node *node, double *y) {
    const Conv2dShape shape = conv2d_node_shape(node);
    const int64_t *size = node->shape.size;
    for (int64_t n = 0; n < size[0]; n++)
        for (int64_t oy = 0; oy < size[1]; oy++)
            for (int64_t ox = 0; ox < size[2]; ox++)
                for (int64_t o = 0; o < size[3]; o++) *y++ = conv2d_at(node, &shape, n, oy, ox, o);
}

static const ProbeCase conv2d_cases[] = {
    { "3x3", { { { 2, 5, 7, 3 } }, { { 5, 3, 3, 3 } } }, { 1, 1, 1 } },
    { "3x3 with bias",
      { { { 2, 4, 3, 17 } }, { { 3, 3, 3, 17 } }, { { 3 } } },
      { 1, 1, 1 },
      .axes = { "nhwi", "o..i", "o" } },
    { "3x3 stride 2, even",
      { { { 1, 6, 8, 2 } }, { { 19, 3, 3, 2 } } },
      { 2, 1, 1 },
      .axes = { "nhwi", "o..i" } },
    { "7x7 stride 2, odd", { { { 1, 9, 7, 3 } }, { { 4, 7, 7, 3 } }, { { 4 } } }, { 2, 3, 1 } },
    { "5x2 stride 3", { { { 2, 8, 7, 2 } }, { { 3, 5, 2, 2 } }, { { 3 } } }, { 3, 2, 1 } },
    { "1x1",
      { { { 2, 3, 5, 7 } }, { { 11, 1, 1, 7 } }, { { 11 } } },
      { 1, 0, 1 },
      .axes = { "nhwi", "o..i", "o" } },
    { "1x1 stride 2: pixels without gradient",
      { { { 2, 5, 4, 3 } }, { { 2, 1, 1, 3 } } },
      { 2, 0, 1 } },
    { "three groups", { { { 2, 5, 6, 6 } }, { { 9, 3, 3, 2 } }, { { 9 } } }, { 2, 1, 3 } },
    { "depthwise",
      { { { 2, 5, 4, 19 } }, { { 19, 3, 3, 1 } }, { { 19 } } },
      { 1, 1 },
      .axes = { "nhwc", "c...", "c" } },
    { "depthwise stride 2, 5x3", { { { 1, 7, 8, 33 } }, { { 33, 5, 3, 1 } } }, { 2, 1 } },
    { "whole vectors, stride 2",
      { { { 1, 5, 4, 4 } }, { { 8, 3, 3, 4 } }, { { 8 } } },
      { 2, 1, 1 } },
    { "depthwise, whole vectors", { { { 1, 4, 7, 8 } }, { { 8, 3, 3, 1 } }, { { 8 } } }, { 1, 1 } },
    { "one pixel", { { { 1, 1, 1, 1 } }, { { 1, 1, 1, 1 } }, { { 1 } } }, { 1, 1, 1 } },
    { 0 },
};

const Op conv2d_op = {
    .name = "conv2d",
    .differentiable = ALL_INPUTS,
    .backward_reads = INPUT(0) | INPUT(1),
    .shape = conv2d_shape,
    .forward = KERNEL(conv2d_forward),
    .backward = KERNEL(conv2d_backward),
    .probe = { build, oracle, conv2d_cases },
    .multiply_adds = conv2d_node_multiply_adds,
};

Node *op_conv2d(Node *x, Node *weight, Node *bias, int stride, int padding, int groups) {
    const Conv2d attributes = { stride, padding, groups };
    return graph_append(&conv2d_op, (Node *[]){ x, weight, bias }, bias ? 3 : 2, &attributes,
                        sizeof attributes);
}
