/* The GPU twin of autograd/add.c. */
#include "cuda/gpu_vector.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

typedef struct AddForward {
    int64_t n;
    const real *a, *b;
    real *y;
} AddForward;

GPU_KERNEL(add_forward, GPU_VECTOR_THREADS, AddForward) {
    const int64_t i = gpu_vector_index();
    const GpuVector b = gpu_vector_load(a->b, i, a->n);
    GpuVector v = gpu_vector_load(a->a, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] += b.lane[k];
    gpu_vector_store(a->y, i, a->n, v);
}

typedef struct AddBackward {
    int64_t n;
    const real *dy;
    Gradient dx;
} AddBackward;

GPU_KERNEL(add_backward, GPU_VECTOR_THREADS, AddBackward) {
    const int64_t i = gpu_vector_index();
    gpu_vector_store_gradient(a->dx, i, a->n, gpu_vector_load(a->dy, i, a->n));
}

void add_forward_gpu(Node *node) {
    const AddForward arguments = { shape_elements(&node->shape), node->inputs[0]->value.data,
                                   node->inputs[1]->value.data, node->value.data };
    gpu_launch(&add_forward, gpu_vector_blocks(arguments.n), &arguments);
}

void add_backward_gpu(Node *node) {
    for (int input = 0; input < 2; input++) {
        const AddBackward arguments = { shape_elements(&node->shape), node->gradient.data,
                                        node->input_gradients[input] };
        if (arguments.dx.data)
            gpu_launch(&add_backward, gpu_vector_blocks(arguments.n), &arguments);
    }
}
