/* The GPU kernels of autograd/mean_squared_error.c. */
#include "cuda/reduce.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/pointwise.h"
C_HEADERS_END

typedef struct SquaredErrors {
    int64_t n, chunk;
    const real *a, *b;
    real *partial;
} SquaredErrors;

typedef struct SquaredErrorsShared {
    real room[GPU_SUM_ROOM];
} SquaredErrorsShared;

GPU_KERNEL_SHARED(mean_squared_error_chunks, GPU_SUM_THREADS, SquaredErrors, SquaredErrorsShared) {
    const int64_t begin = gpu_block() * a->chunk;
    const int64_t end = begin + a->chunk < a->n ? begin + a->chunk : a->n;
    GpuVector sums = { { 0 } };
    for (int64_t i = begin + gpu_thread() * GPU_VECTOR; i < end; i += GPU_SUM_STEP) {
        const GpuVector u = gpu_vector_load(a->a, i, end), v = gpu_vector_load(a->b, i, end);
        for (int k = 0; k < GPU_VECTOR; k++)
            sums.lane[k] += squared_difference_value(u.lane[k], v.lane[k]);
    }
    const real sum = gpu_block_sum(gpu_vector_sum(sums), GPU_SUM_THREADS, shared->room);
    if (gpu_thread() == 0) a->partial[gpu_block()] = sum;
}

GPU_OP(mean_squared_error_forward) {
    const int64_t n = shape_elements(&node->inputs[0]->shape);
    const GpuChunks chunks = gpu_chunks(n);
    Tensor partial = gpu_scratch(chunks.count);
    const SquaredErrors arguments = { n, chunks.elements, node->inputs[0]->value.data,
                                      node->inputs[1]->value.data, partial.data };
    gpu_launch(&mean_squared_error_chunks, chunks.count, &arguments);
    gpu_add_partials(chunks.count, partial.data, (real)n, node->value.data);
    tensor_release(&partial);
}

typedef struct ErrorGradients {
    int64_t n;
    const real *a, *b, *dy;
    Gradient da, db;
} ErrorGradients;

/* Both gradients from one read of a and b. If they are one node, each thread adds in order. */
GPU_KERNEL(mean_squared_error_backward, GPU_VECTOR_THREADS, ErrorGradients) {
    const int64_t i = gpu_vector_index();
    const real share = 2 * a->dy[0] / (real)a->n;
    const GpuVector u = gpu_vector_load(a->a, i, a->n), v = gpu_vector_load(a->b, i, a->n);
    GpuVector da, db;
    for (int k = 0; k < GPU_VECTOR; k++) da.lane[k] = share * (u.lane[k] - v.lane[k]);
    for (int k = 0; k < GPU_VECTOR; k++) db.lane[k] = -da.lane[k];
    if (a->da.data) gpu_vector_store_gradient(a->da, i, a->n, da);
    if (a->db.data) gpu_vector_store_gradient(a->db, i, a->n, db);
}

GPU_OP(mean_squared_error_backward) {
    const ErrorGradients arguments = { shape_elements(&node->inputs[0]->shape),
                                       node->inputs[0]->value.data,
                                       node->inputs[1]->value.data,
                                       node->gradient.data,
                                       node->input_gradients[0],
                                       node->input_gradients[1] };
    gpu_launch(&mean_squared_error_backward, gpu_vector_blocks(arguments.n), &arguments);
}
