/* GPU kernels of autograd/scale.c: forward and backward are one kernel, as both multiply. */
#include "cuda/gpu_vector.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/scale.h"
C_HEADERS_END

typedef struct ScaleArguments {
    int64_t n;
    real factor;
    const real *from;
    Gradient to;
} ScaleArguments;

GPU_KERNEL(scale_elements, GPU_VECTOR_THREADS, ScaleArguments) {
    const int64_t i = gpu_vector_index();
    GpuVector v = gpu_vector_load(a->from, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = a->factor * v.lane[k];
    gpu_vector_store_gradient(a->to, i, a->n, v);
}

static void launch(const Node *node, const real *from, Gradient to) {
    const ScaleArguments arguments = { shape_elements(&node->shape),
                                       ((const Scale *)node->attributes)->factor, from, to };
    gpu_launch(&scale_elements, gpu_vector_blocks(arguments.n), &arguments);
}

GPU_OP(scale_forward) {
    const Gradient value = { node->value.data, false };
    launch(node, node->inputs[0]->value.data, value);
}

GPU_OP(scale_backward) {
    launch(node, node->gradient.data, node->input_gradients[0]);
}
