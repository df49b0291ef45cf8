/* The GPU kernels of autograd/reshape.c. */
#include "cuda/copy.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

GPU_OP(reshape_forward) {
    const Gradient y = { node->value.data, false };
    gpu_copy_elements(node->inputs[0]->value.data, y, shape_elements(&node->shape));
}

GPU_OP(reshape_backward) {
    gpu_copy_elements(node->gradient.data, node->input_gradients[0], shape_elements(&node->shape));
}
