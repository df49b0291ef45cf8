/* gpu_pointwise.h - the twin of an op that works element by element, on one or two inputs of one
 * shape: two kernels over the arguments below, and two lines that launch them (cuda/relu.cu is the
 * shortest example). The kernels walk the arrays by gpu_vector.h and read each of them once.
 *
 * A backward kernel of two inputs writes both gradients. Where the two are one buffer (f(x, x)) the
 * thread that stores an element of dx[0] is the one that then adds dx[1] to it.
 */
#ifndef CUDA_GPU_POINTWISE_H
#define CUDA_GPU_POINTWISE_H

#include "cuda/gpu_vector.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

typedef struct PointwiseForward {
    int64_t n;
    const real *x[2];
    real *y;
} PointwiseForward;

/* Of x and y only what the op's backward_reads names is there. */
typedef struct PointwiseBackward {
    int64_t n;
    const real *x[2], *y, *dy;
    Gradient dx[2]; /* data NULL: not wanted */
} PointwiseBackward;

static inline void gpu_pointwise_forward(GpuKernel *kernel, const Node *node) {
    PointwiseForward arguments = { shape_elements(&node->shape), { NULL, NULL }, node->value.data };
    for (int i = 0; i < node->input_count; i++) arguments.x[i] = node->inputs[i]->value.data;
    gpu_launch(kernel, gpu_vector_blocks(arguments.n), &arguments);
}

static inline void gpu_pointwise_backward(GpuKernel *kernel, const Node *node) {
    PointwiseBackward arguments = { shape_elements(&node->shape),
                                    { NULL, NULL },
                                    node->value.data,
                                    node->gradient.data,
                                    { { NULL, false }, { NULL, false } } };
    for (int i = 0; i < node->input_count; i++) {
        arguments.x[i] = node->inputs[i]->value.data;
        arguments.dx[i] = node->input_gradients[i];
    }
    gpu_launch(kernel, gpu_vector_blocks(arguments.n), &arguments);
}

#endif
