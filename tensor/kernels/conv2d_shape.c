/* conv2d_shape.c - what the sizes of a convolution make of each other. */
#include "tensor/kernels/conv2d_shape.h"

static int64_t out_size(int64_t size, int64_t kernel, const Conv2dShape *shape) {
    const int64_t room = size + 2 * shape->padding - kernel;
    return room < 0 ? 0 : room / shape->stride + 1;
}

int64_t conv2d_out_height(const Conv2dShape *shape) {
    return out_size(shape->height, shape->kernel_height, shape);
}

int64_t conv2d_out_width(const Conv2dShape *shape) {
    return out_size(shape->width, shape->kernel_width, shape);
}

int64_t conv2d_multiply_adds(const Conv2dShape *shape) {
    return shape->batch * conv2d_out_height(shape) * conv2d_out_width(shape) * shape->out *
           shape->kernel_height * shape->kernel_width * (shape->in / shape->groups);
}

bool conv2d_is_depthwise(const Conv2dShape *shape) {
    return shape->groups > 1 && shape->groups == shape->in && shape->groups == shape->out;
}
