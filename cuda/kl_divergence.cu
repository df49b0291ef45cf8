/* The GPU kernels of autograd/kl_divergence.c. */
#include "cuda/reduce.h"
#include "cuda/softmax_tile.h"

C_HEADERS_BEGIN
#include "autograd/kl_divergence.h"
#include "autograd/ops.h"
C_HEADERS_END

typedef struct KlRows {
    int64_t rows, classes;
    real temperature;
    const real *student, *teacher;
    real *difference; /* p - q */
    real *q;          /* scratch memory for rows that do not fit a tile */
    real *partial;    /* [blocks] */
} KlRows;

typedef struct KlRowsShared {
    SoftmaxTile student, teacher, p, q;
    real room[GPU_SUM_ROOM];
} KlRowsShared;

GPU_KERNEL_SHARED(kl_divergence_rows, TILE_ROWS, KlRows, KlRowsShared) {
    const Gradient difference = { a->difference, false };
    const int classes = (int)a->classes;
    real total = 0;
    softmax_tile_load(&shared->student, a->student, a->rows, classes);
    softmax_tile_load(&shared->teacher, a->teacher, a->rows, classes);
    gpu_barrier();
    if (softmax_tile_row() < a->rows) {
        const real *student = softmax_tile_place(&shared->student, (real *)a->student, classes);
        const real *teacher = softmax_tile_place(&shared->teacher, (real *)a->teacher, classes);
        real *p = softmax_tile_place(&shared->p, a->difference, classes);
        real *q = softmax_tile_place(&shared->q, a->q, classes);
        const SoftmaxSum sum_p = softmax_row(student, a->temperature, classes, p);
        const SoftmaxSum sum_q = softmax_row(teacher, a->temperature, classes, q);
        for (int k = 0; k < classes; k++) {
            total +=
                kl_divergence_share(q[k], sum_q, teacher[k], sum_p, student[k], a->temperature);
            p[k] -= q[k];
        }
    }
    softmax_tile_store(&shared->p, difference, a->rows, classes);
    total = gpu_block_sum(total, TILE_ROWS, shared->room);
    if (gpu_thread() == 0) a->partial[gpu_block()] = total;
}

typedef struct KlBackward {
    int64_t n;
    real factor;
    const real *difference, *dloss;
    Gradient dstudent;
} KlBackward;

GPU_KERNEL(kl_divergence_backward, GPU_VECTOR_THREADS, KlBackward) {
    const int64_t i = gpu_vector_index();
    const real share = a->factor * a->dloss[0];
    GpuVector v = gpu_vector_load(a->difference, i, a->n);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = share * v.lane[k];
    gpu_vector_store_gradient(a->dstudent, i, a->n, v);
}

static real temperature_of(const Node *node) {
    return ((const KlDivergence *)node->attributes)->temperature;
}

GPU_OP(kl_divergence_forward) {
    const Shape *student = &node->inputs[0]->shape;
    const int64_t rows = shape_rows(student), classes = shape_last(student);
    const int64_t blocks = gpu_divide_up(rows, TILE_ROWS);
    const real temperature = temperature_of(node);
    Tensor partial = gpu_scratch(blocks);
    Tensor q = gpu_scratch(softmax_tile_fits(classes) ? 1 : rows * classes);
    const KlRows arguments = { rows,
                               classes,
                               temperature,
                               node->inputs[0]->value.data,
                               node->inputs[1]->value.data,
                               node->saved[KL_DIFFERENCE].data,
                               q.data,
                               partial.data };
    gpu_launch(&kl_divergence_rows, blocks, &arguments);
    gpu_add_partials(blocks, partial.data, (real)rows / (temperature * temperature),
                     node->value.data);
    tensor_release(&q);
    tensor_release(&partial);
}

GPU_OP(kl_divergence_backward) {
    const Shape *student = &node->inputs[0]->shape;
    const KlBackward arguments = { shape_elements(student),
                                   temperature_of(node) / (real)shape_rows(student),
                                   node->saved[KL_DIFFERENCE].data, node->gradient.data,
                                   node->input_gradients[0] };
    gpu_launch(&kl_divergence_backward, gpu_vector_blocks(arguments.n), &arguments);
}
