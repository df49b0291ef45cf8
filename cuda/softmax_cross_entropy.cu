/* The GPU kernels of autograd/softmax_cross_entropy.c. */
#include "cuda/softmax_tile.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/softmax_cross_entropy.h"
C_HEADERS_END

typedef struct CrossEntropyRows {
    int64_t rows, classes, blocks;
    int ignore_label;
    const real *logits, *labels, *weights; /* weights NULL: all 1 */
    real *p;
    real *partial; /* [2, blocks]: sums of w_i l_i, of w_i */
    GpuFailure *failure;
} CrossEntropyRows;

typedef struct CrossEntropyShared {
    SoftmaxTile tile;
    real room[GPU_SUM_ROOM];
} CrossEntropyShared;

static GPU_DEVICE int64_t cross_entropy_class(real label, int64_t classes, int ignore_label,
                                              GpuFailure *failure) {
    const int64_t k = label_class(label, classes, ignore_label);
    if (k == LABEL_WRONG)
        gpu_fail(failure, "softmax_cross_entropy: label is neither a class nor the one to ignore");
    return k;
}

GPU_KERNEL_SHARED(softmax_cross_entropy_rows, TILE_ROWS, CrossEntropyRows, CrossEntropyShared) {
    const Gradient p = { a->p, false };
    const int64_t row = softmax_tile_row();
    real loss = 0, weight = 0;
    softmax_tile_load(&shared->tile, a->logits, a->rows, a->classes);
    gpu_barrier();
    if (row < a->rows) {
        const int64_t label =
            cross_entropy_class(a->labels[row], a->classes, a->ignore_label, a->failure);
        const real *z = softmax_tile_place(&shared->tile, (real *)a->logits, a->classes);
        const real z_label = label >= 0 ? z[label] : 0; /* p may take the place of z */
        const SoftmaxSum sum =
            softmax_row(z, 1, a->classes, softmax_tile_place(&shared->tile, a->p, a->classes));
        if (label >= 0) {
            weight = a->weights ? a->weights[label] : 1;
            loss = -weight * softmax_log(sum, z_label, 1);
        }
    }
    softmax_tile_store(&shared->tile, p, a->rows, a->classes);
    loss = gpu_block_sum(loss, TILE_ROWS, shared->room);
    weight = gpu_block_sum(weight, TILE_ROWS, shared->room);
    if (gpu_thread() > 0) return;
    a->partial[gpu_block()] = loss;
    a->partial[a->blocks + gpu_block()] = weight;
}

typedef struct CrossEntropyFinish {
    int64_t blocks;
    const real *partial;
    real *sums, *loss; /* sums: of w_i l_i, of w_i */
} CrossEntropyFinish;

typedef struct CrossEntropyFinishShared {
    real room[GPU_SUM_ROOM];
} CrossEntropyFinishShared;

GPU_KERNEL_SHARED(softmax_cross_entropy_finish, GPU_SUM_THREADS, CrossEntropyFinish,
                  CrossEntropyFinishShared) {
    real loss = 0, weight = 0;
    for (int64_t i = gpu_thread(); i < a->blocks; i += GPU_SUM_THREADS) {
        loss += a->partial[i];
        weight += a->partial[a->blocks + i];
    }
    loss = gpu_block_sum(loss, GPU_SUM_THREADS, shared->room);
    weight = gpu_block_sum(weight, GPU_SUM_THREADS, shared->room);
    if (gpu_thread() > 0) return;
    a->sums[0] = loss;
    a->sums[1] = weight;
    a->loss[0] = cross_entropy_mean(loss, weight);
}

typedef struct CrossEntropyBackward {
    int64_t rows, classes;
    int ignore_label;
    const real *labels, *weights, *p, *sums, *dloss;
    Gradient dz;
    GpuFailure *failure;
} CrossEntropyBackward;

GPU_KERNEL_SHARED(softmax_cross_entropy_backward, TILE_ROWS, CrossEntropyBackward, SoftmaxTile) {
    const int64_t row = softmax_tile_row();
    softmax_tile_load(shared, a->p, a->rows, a->classes);
    gpu_barrier();
    if (row < a->rows) {
        real *p = softmax_tile_place(shared, (real *)a->p, a->classes);
        const int64_t label =
            cross_entropy_class(a->labels[row], a->classes, a->ignore_label, a->failure);
        const real weight = label < 0 ? 0 : a->weights ? a->weights[label] : 1;
        const real factor = cross_entropy_mean(a->dloss[0], a->sums[1]) * weight;
        for (int64_t k = 0; k < a->classes; k++)
            softmax_tile_put(p, a->dz, a->classes, k,
                             cross_entropy_gradient(factor, p[k], k, label));
    }
    softmax_tile_store(shared, a->dz, a->rows, a->classes);
}

static int ignore_label_of(const Node *node) {
    return ((const SoftmaxCrossEntropy *)node->attributes)->ignore_label;
}

static const real *weights_of(const Node *node) {
    return node->input_count > 2 ? node->inputs[2]->value.data : NULL;
}

GPU_OP(softmax_cross_entropy_forward) {
    const Shape *logits = &node->inputs[0]->shape;
    const int64_t rows = shape_rows(logits), blocks = gpu_divide_up(rows, TILE_ROWS);
    Tensor partial = gpu_scratch(2 * blocks);
    const CrossEntropyRows arguments = { rows,
                                         shape_last(logits),
                                         blocks,
                                         ignore_label_of(node),
                                         node->inputs[0]->value.data,
                                         node->inputs[1]->value.data,
                                         weights_of(node),
                                         node->saved[CROSS_ENTROPY_PROBABILITIES].data,
                                         partial.data,
                                         gpu_failure() };
    const CrossEntropyFinish finish = { blocks, partial.data, node->saved[CROSS_ENTROPY_SUMS].data,
                                        node->value.data };
    gpu_launch(&softmax_cross_entropy_rows, blocks, &arguments);
    gpu_launch(&softmax_cross_entropy_finish, 1, &finish);
    tensor_release(&partial);
}

GPU_OP(softmax_cross_entropy_backward) {
    const Shape *logits = &node->inputs[0]->shape;
    const CrossEntropyBackward arguments = { shape_rows(logits),
                                             shape_last(logits),
                                             ignore_label_of(node),
                                             node->inputs[1]->value.data,
                                             weights_of(node),
                                             node->saved[CROSS_ENTROPY_PROBABILITIES].data,
                                             node->saved[CROSS_ENTROPY_SUMS].data,
                                             node->gradient.data,
                                             node->input_gradients[0],
                                             gpu_failure() };
    gpu_launch(&softmax_cross_entropy_backward, gpu_divide_up(arguments.rows, TILE_ROWS),
               &arguments);
}
