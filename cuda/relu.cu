/* The GPU twin of autograd/relu.c. */
#include "cuda/gpu_vector.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/pointwise.h"
C_HEADERS_END

typedef struct Forward {
    int64_t n;
    const real *x;
    real *y;
} Forward;

GPU_KERNEL(relu_forward, GPU_VECTOR_THREADS, Forward) {
    const int64_t i = gpu_vector_index();
    GpuVector v = gpu_vector_load(a->x, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = relu_value(v.lane[k]);
    gpu_vector_store(a->y, i, a->n, v);
}

typedef struct Backward {
    int64_t n;
    const real *y, *dy;
    Gradient dx;
} Backward;

GPU_KERNEL(relu_backward, GPU_VECTOR_THREADS, Backward) {
    const int64_t i = gpu_vector_index();
    const GpuVector y = gpu_vector_load(a->y, i, a->n);
    GpuVector v = gpu_vector_load(a->dy, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = relu_gradient(y.lane[k]) * v.lane[k];
    gpu_vector_store_gradient(a->dx, i, a->n, v);
}

void relu_forward_gpu(Node *node) {
    const Forward arguments = { shape_elements(&node->shape), node->inputs[0]->value.data,
                                node->value.data };
    gpu_launch(&relu_forward, gpu_vector_blocks(arguments.n), &arguments);
}

void relu_backward_gpu(Node *node) {
    const Backward arguments = { shape_elements(&node->shape), node->value.data,
                                 node->gradient.data, node->input_gradients[0] };
    gpu_launch(&relu_backward, gpu_vector_blocks(arguments.n), &arguments);
}
