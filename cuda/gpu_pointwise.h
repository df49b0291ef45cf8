/* gpu_pointwise.h - the kernels of ops that work element by element, on one or two inputs of one
 * shape. Each calls one of the functions below with a formula of autograd/pointwise.h, which is
 * inlined, and one more line launches it (cuda/relu.cu is the shortest example). They read each
 * array once, by gpu_vector.h.
 *
 * A backward kernel of two inputs writes both gradients. Where the two are one buffer (f(x, x)) the
 * thread that stores an element of dx[0] is the one that then adds dx[1] to it.
 */
#ifndef CUDA_GPU_POINTWISE_H
#define CUDA_GPU_POINTWISE_H

#include "cuda/gpu_vector.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/pointwise.h"
C_HEADERS_END

typedef struct PointwiseForward {
    int64_t n;
    const real *x[2];
    real *y;
} PointwiseForward;

/* x and y are set only if the op's backward_reads names them. */
typedef struct PointwiseBackward {
    int64_t n;
    const real *x[2], *y, *dy;
    Gradient dx[2]; /* data NULL: not wanted */
} PointwiseBackward;

/* y = value(x). */
static GPU_DEVICE void gpu_pointwise_unary(const PointwiseForward *a, real (*value)(real x)) {
    const int64_t i = gpu_vector_index();
    GpuVector v = gpu_vector_load(a->x[0], i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = value(v.lane[k]);
    gpu_vector_store(a->y, i, a->n, v);
}

/* dx = gradient(by) dy; by: the values of x or of y. */
static GPU_DEVICE void gpu_pointwise_unary_backward(const PointwiseBackward *a, const real *by,
                                                    real (*gradient)(real by)) {
    const int64_t i = gpu_vector_index();
    const GpuVector u = gpu_vector_load(by, i, a->n);
    GpuVector v = gpu_vector_load(a->dy, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = gradient(u.lane[k]) * v.lane[k];
    gpu_vector_store_gradient(a->dx[0], i, a->n, v);
}

/* y = value(a, b). */
static GPU_DEVICE void gpu_pointwise_binary(const PointwiseForward *a,
                                            real (*value)(real a, real b)) {
    const int64_t i = gpu_vector_index();
    const GpuVector right = gpu_vector_load(a->x[1], i, a->n);
    GpuVector v = gpu_vector_load(a->x[0], i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = value(v.lane[k], right.lane[k]);
    gpu_vector_store(a->y, i, a->n, v);
}

/* da = gradient(a, b).a dy and db = gradient(a, b).b dy, where they are needed. */
static GPU_DEVICE void gpu_pointwise_binary_backward(const PointwiseBackward *a,
                                                     PairGradient (*gradient)(real a, real b)) {
    const int64_t i = gpu_vector_index();
    const GpuVector left = gpu_vector_load(a->x[0], i, a->n);
    const GpuVector right = gpu_vector_load(a->x[1], i, a->n);
    const GpuVector dy = gpu_vector_load(a->dy, i, a->n);
    GpuVector da, db;
    for (int k = 0; k < GPU_VECTOR; k++) {
        const PairGradient g = gradient(left.lane[k], right.lane[k]);
        da.lane[k] = g.a * dy.lane[k];
        db.lane[k] = g.b * dy.lane[k];
    }
    if (a->dx[0].data) gpu_vector_store_gradient(a->dx[0], i, a->n, da);
    if (a->dx[1].data) gpu_vector_store_gradient(a->dx[1], i, a->n, db);
}

/* Of a linear op: da = by_a dy and db = by_b dy, where they are needed. */
static GPU_DEVICE void gpu_pointwise_linear_backward(const PointwiseBackward *a, real by_a,
                                                     real by_b) {
    const int64_t i = gpu_vector_index();
    const GpuVector dy = gpu_vector_load(a->dy, i, a->n);
    GpuVector da, db;
    for (int k = 0; k < GPU_VECTOR; k++) da.lane[k] = by_a * dy.lane[k];
    for (int k = 0; k < GPU_VECTOR; k++) db.lane[k] = by_b * dy.lane[k];
    if (a->dx[0].data) gpu_vector_store_gradient(a->dx[0], i, a->n, da);
    if (a->dx[1].data) gpu_vector_store_gradient(a->dx[1], i, a->n, db);
}

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
