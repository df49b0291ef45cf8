/* The GPU kernels of autograd/conv2d/conv2d.c. */
#include "cuda/port/gpu.h"
#include "cuda/product/gpu_conv2d.h"

C_HEADERS_BEGIN
#include "autograd/conv2d/conv2d.h"
C_HEADERS_END

GPU_OP(conv2d_forward) {
    const Conv2dShape shape = conv2d_node_shape(node);
    const real *bias = node->input_count == 3 ? node->inputs[2]->value.data : NULL;
    gpu_conv2d_forward(&shape, node->inputs[0]->value.data, node->inputs[1]->value.data,
                       product_epilogue(bias, false), node->value.data);
}

GPU_OP(conv2d_backward) {
    const Conv2dShape shape = conv2d_node_shape(node);
    const real *x = node->inputs[0]->value.data, *weight = node->inputs[1]->value.data;
    const real *dy = node->gradient.data;
    gpu_conv2d_backward_data(&shape, dy, weight, node->input_gradients[0]);
    gpu_conv2d_backward_weight(&shape, x, dy, node->input_gradients[1]);
    if (node->input_count == 3) gpu_conv2d_backward_bias(&shape, dy, node->input_gradients[2]);
}
