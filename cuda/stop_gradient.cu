/* The GPU kernels of autograd/stop_gradient.c. */
#include "cuda/copy.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

GPU_OP(stop_gradient_forward) {
    const Gradient y = { node->value.data, false };
    gpu_copy_elements(node->inputs[0]->value.data, y, shape_elements(&node->shape));
}
