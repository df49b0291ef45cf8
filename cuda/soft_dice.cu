/* The GPU kernels of autograd/soft_dice.c.
 *
 * Forward: a block makes p of TILE_ROWS rows and sums it by class, its threads shared out over
 * classes and rows; the sums of the blocks are summed as the columns of a matrix [blocks, 3 K]; and
 * one block makes the weights and the loss of the totals. */
#include "cuda/column_sums.h"
#include "cuda/softmax_tile.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/soft_dice.h"
C_HEADERS_END

enum { COMMON, SIZE, ROWS_OF, DICE_SUMS }; /* I_k, S_k, and the number of rows of class k */

typedef struct DiceRows {
    int64_t rows, classes;
    int ignore_label;
    const real *logits, *labels;
    real *p;
    real *partial; /* [blocks, DICE_SUMS, K] */
    GpuFailure *failure;
} DiceRows;

typedef struct DiceRowsShared {
    SoftmaxTile tile;
    int label[TILE_ROWS];
    real sums[DICE_SUMS][TILE_ROWS]; /* of each thread */
} DiceRowsShared;

typedef struct DiceSums {
    real of[DICE_SUMS];
} DiceSums;

static GPU_DEVICE int64_t soft_dice_class(real label, int64_t classes, int ignore_label,
                                          GpuFailure *failure) {
    const int64_t k = label_class(label, classes, ignore_label);
    if (k == LABEL_WRONG)
        gpu_fail(failure, "soft_dice: label is neither a class nor the one to ignore");
    return k;
}

/* The sums of class k over rows first, first + step, ... of the block. */
static GPU_DEVICE DiceSums soft_dice_sum_class(const DiceRows *a, const DiceRowsShared *shared,
                                               int k, int first, int step) {
    const int count = softmax_tile_rows(a->rows);
    const bool fits = softmax_tile_fits(a->classes);
    const int64_t stride = fits ? softmax_tile_stride((int)a->classes) : a->classes;
    const real *p = fits ? shared->tile.rows : a->p + (int64_t)gpu_block() * TILE_ROWS * a->classes;
    DiceSums sums = { { 0 } };
    for (int row = first; row < count; row += step) {
        const int label = shared->label[row];
        if (label == LABEL_IGNORED) continue;
        sums.of[SIZE] += p[row * stride + k];
        if (label != k) continue;
        sums.of[COMMON] += p[row * stride + k];
        sums.of[SIZE] += 1;
        sums.of[ROWS_OF] += 1;
    }
    return sums;
}

/* As many classes as fit side by side among the threads, those of a class sharing the rows. */
static GPU_DEVICE void soft_dice_sum_few(const DiceRows *a, DiceRowsShared *shared, real *partial) {
    const int thread = gpu_thread(), classes = (int)a->classes;
    const int parts = TILE_ROWS / classes, part = thread / classes;
    if (part < parts) {
        const DiceSums sums = soft_dice_sum_class(a, shared, thread % classes, part, parts);
        for (int i = 0; i < DICE_SUMS; i++) shared->sums[i][thread] = sums.of[i];
    }
    for (int half = 1; half < parts; half *= 2) {
        gpu_barrier();
        if (part % (2 * half) != 0 || part + half >= parts) continue;
        for (int i = 0; i < DICE_SUMS; i++)
            shared->sums[i][thread] += shared->sums[i][thread + half * classes];
    }
    if (part == 0)
        for (int i = 0; i < DICE_SUMS; i++) partial[i * classes + thread] = shared->sums[i][thread];
}

static GPU_DEVICE void soft_dice_sum_many(const DiceRows *a, DiceRowsShared *shared,
                                          real *partial) {
    for (int k = gpu_thread(); k < a->classes; k += TILE_ROWS) {
        const DiceSums sums = soft_dice_sum_class(a, shared, k, 0, 1);
        for (int i = 0; i < DICE_SUMS; i++) partial[i * a->classes + k] = sums.of[i];
    }
}

GPU_KERNEL_SHARED(soft_dice_rows, TILE_ROWS, DiceRows, DiceRowsShared) {
    const Gradient p = { a->p, false };
    const int classes = (int)a->classes;
    const int64_t row = softmax_tile_row();
    real *partial = a->partial + (int64_t)gpu_block() * DICE_SUMS * classes;
    softmax_tile_load(&shared->tile, a->logits, a->rows, classes);
    gpu_barrier();
    if (row < a->rows) {
        shared->label[gpu_thread()] =
            (int)soft_dice_class(a->labels[row], classes, a->ignore_label, a->failure);
        softmax_row(softmax_tile_place(&shared->tile, (real *)a->logits, classes), 1, classes,
                    softmax_tile_place(&shared->tile, a->p, classes));
    }
    softmax_tile_store(&shared->tile, p, a->rows, classes);
    gpu_barrier();
    if (classes <= TILE_ROWS)
        soft_dice_sum_few(a, shared, partial);
    else
        soft_dice_sum_many(a, shared, partial);
}

typedef struct DiceFinish {
    int64_t classes;
    real *sums, *loss;
} DiceFinish;

typedef struct DiceFinishShared {
    real room[GPU_SUM_ROOM];
} DiceFinishShared;

GPU_KERNEL_SHARED(soft_dice_finish, GPU_SUM_THREADS, DiceFinish, DiceFinishShared) {
    real *weights = a->sums + ROWS_OF * a->classes, present = 0, loss = 0;
    for (int64_t k = gpu_thread(); k < a->classes; k += GPU_SUM_THREADS)
        present += weights[k] > 0 ? 1 : 0;
    present = gpu_block_sum(present, GPU_SUM_THREADS, shared->room);
    for (int64_t k = gpu_thread(); k < a->classes; k += GPU_SUM_THREADS) {
        weights[k] = soft_dice_weight(weights[k], present);
        loss += soft_dice_share(a->sums, a->classes, k);
    }
    loss = gpu_block_sum(loss, GPU_SUM_THREADS, shared->room);
    if (gpu_thread() == 0) a->loss[0] = loss;
}

typedef struct DiceBackward {
    int64_t rows, classes;
    int ignore_label;
    const real *labels, *p, *sums, *dloss;
    Gradient dz;
    GpuFailure *failure;
} DiceBackward;

GPU_KERNEL_SHARED(soft_dice_backward, TILE_ROWS, DiceBackward, SoftmaxTile) {
    const int64_t row = softmax_tile_row();
    softmax_tile_load(shared, a->p, a->rows, a->classes);
    gpu_barrier();
    if (row < a->rows) {
        real *p = softmax_tile_place(shared, (real *)a->p, a->classes);
        const int64_t label =
            soft_dice_class(a->labels[row], a->classes, a->ignore_label, a->failure);
        const bool counts = label >= 0;
        const real inner = counts ? soft_dice_inner(a->sums, p, a->classes, label) : 0;
        for (int64_t k = 0; k < a->classes; k++)
            softmax_tile_put(p, a->dz, a->classes, k,
                             counts ? a->dloss[0] * soft_dice_gradient(a->sums, p[k], a->classes,
                                                                       label, inner, k)
                                    : 0);
    }
    softmax_tile_store(shared, a->dz, a->rows, a->classes);
}

static int ignore_label_of(const Node *node) {
    return ((const SoftDice *)node->attributes)->ignore_label;
}

GPU_OP(soft_dice_forward) {
    const Shape *logits = &node->inputs[0]->shape;
    const int64_t rows = shape_rows(logits), classes = shape_last(logits);
    const int64_t blocks = gpu_divide_up(rows, TILE_ROWS);
    const Gradient totals = { node->saved[SOFT_DICE_SUMS].data, false };
    Tensor partial = gpu_scratch(blocks * DICE_SUMS * classes);
    const DiceRows arguments = { rows,
                                 classes,
                                 ignore_label_of(node),
                                 node->inputs[0]->value.data,
                                 node->inputs[1]->value.data,
                                 node->saved[SOFT_DICE_PROBABILITIES].data,
                                 partial.data,
                                 gpu_failure() };
    const DiceFinish finish = { classes, totals.data, node->value.data };
    gpu_launch(&soft_dice_rows, blocks, &arguments);
    gpu_column_sums(blocks, DICE_SUMS * classes, partial.data, NULL, totals);
    gpu_launch(&soft_dice_finish, 1, &finish);
    tensor_release(&partial);
}

GPU_OP(soft_dice_backward) {
    const Shape *logits = &node->inputs[0]->shape;
    const DiceBackward arguments = { shape_rows(logits),
                                     shape_last(logits),
                                     ignore_label_of(node),
                                     node->inputs[1]->value.data,
                                     node->saved[SOFT_DICE_PROBABILITIES].data,
                                     node->saved[SOFT_DICE_SUMS].data,
                                     node->gradient.data,
                                     node->input_gradients[0],
                                     gpu_failure() };
    gpu_launch(&soft_dice_backward, gpu_divide_up(arguments.rows, TILE_ROWS), &arguments);
}
