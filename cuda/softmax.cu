/* The GPU kernels of autograd/softmax.c. */
#include "cuda/softmax_tile.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
C_HEADERS_END

typedef struct SoftmaxForward {
    int64_t rows, classes;
    const real *x;
    real *y;
} SoftmaxForward;

GPU_KERNEL_SHARED(softmax_forward, TILE_ROWS, SoftmaxForward, SoftmaxTile) {
    const Gradient y = { a->y, false };
    softmax_tile_load(shared, a->x, a->rows, a->classes);
    gpu_barrier();
    if (softmax_tile_row() < a->rows)
        softmax_row(softmax_tile_place(shared, (real *)a->x, a->classes), 1, a->classes,
                    softmax_tile_place(shared, a->y, a->classes));
    softmax_tile_store(shared, y, a->rows, a->classes);
}

typedef struct SoftmaxBackward {
    int64_t rows, classes;
    const real *y, *dy;
    Gradient dx;
} SoftmaxBackward;

typedef struct SoftmaxBackwardShared {
    SoftmaxTile y, dy;
} SoftmaxBackwardShared;

GPU_KERNEL_SHARED(softmax_backward, TILE_ROWS, SoftmaxBackward, SoftmaxBackwardShared) {
    softmax_tile_load(&shared->y, a->y, a->rows, a->classes);
    softmax_tile_load(&shared->dy, a->dy, a->rows, a->classes);
    gpu_barrier();
    if (softmax_tile_row() < a->rows) {
        real *y = softmax_tile_place(&shared->y, (real *)a->y, a->classes), inner = 0;
        const real *dy = softmax_tile_place(&shared->dy, (real *)a->dy, a->classes);
        for (int64_t k = 0; k < a->classes; k++) inner += y[k] * dy[k];
        for (int64_t k = 0; k < a->classes; k++)
            softmax_tile_put(y, a->dx, a->classes, k, softmax_gradient(y[k], dy[k], inner));
    }
    softmax_tile_store(&shared->y, a->dx, a->rows, a->classes);
}

GPU_OP(softmax_forward) {
    const SoftmaxForward arguments = { shape_rows(&node->shape), shape_last(&node->shape),
                                       node->inputs[0]->value.data, node->value.data };
    gpu_launch(&softmax_forward, gpu_divide_up(arguments.rows, TILE_ROWS), &arguments);
}

GPU_OP(softmax_backward) {
    const SoftmaxBackward arguments = { shape_rows(&node->shape), shape_last(&node->shape),
                                        node->value.data, node->gradient.data,
                                        node->input_gradients[0] };
    gpu_launch(&softmax_backward, gpu_divide_up(arguments.rows, TILE_ROWS), &arguments);
}
