/* The GPU kernels of autograd/segmentation_loss.c.
 *
 * Forward: a block computes p of TILE_ROWS rows, sums their cross-entropies, and sums p by class,
 * with its threads divided over classes and rows. The blocks' sums by class are summed as the
 * columns of a matrix [blocks, 3 K], and one block computes the losses from the totals. */
#include "cuda/column_sums.h"
#include "cuda/softmax_tile.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/segmentation_loss.h"
#include "autograd/softmax_cross_entropy.h"
C_HEADERS_END

enum { COMMON, SIZE, ROWS_OF, DICE_SUMS }; /* I_k, S_k, and the number of rows of class k */

typedef struct LossRows {
    int64_t rows, classes, blocks;
    int ignore_label;
    const real *logits, *labels, *weights; /* weights NULL: all 1 */
    real *p;
    real *entropy; /* [2, blocks]: sums of w_i l_i, of w_i */
    real *partial; /* [blocks, DICE_SUMS, K] */
    GpuFailure *failure;
} LossRows;

typedef struct LossRowsShared {
    SoftmaxTile tile;
    int label[TILE_ROWS];
    real sums[DICE_SUMS][TILE_ROWS]; /* of each thread */
    real room[GPU_SUM_ROOM];
} LossRowsShared;

typedef struct DiceSums {
    real of[DICE_SUMS];
} DiceSums;

static GPU_DEVICE int64_t segmentation_class(real label, int64_t classes, int ignore_label,
                                             GpuFailure *failure) {
    const int64_t k = label_class(label, classes, ignore_label);
    if (k == LABEL_WRONG)
        gpu_fail(failure, "segmentation_loss: label is neither a class nor the one to ignore");
    return k;
}

/* The sums of class k over rows first, first + step, ... of the block. */
static GPU_DEVICE DiceSums soft_dice_sum_class(const LossRows *a, const LossRowsShared *shared,
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

/* As many classes as fit are summed at the same time; threads of one class share the rows. */
static GPU_DEVICE void soft_dice_sum_few(const LossRows *a, LossRowsShared *shared, real *partial) {
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

static GPU_DEVICE void soft_dice_sum_many(const LossRows *a, LossRowsShared *shared,
                                          real *partial) {
    for (int k = gpu_thread(); k < a->classes; k += TILE_ROWS) {
        const DiceSums sums = soft_dice_sum_class(a, shared, k, 0, 1);
        for (int i = 0; i < DICE_SUMS; i++) partial[i * a->classes + k] = sums.of[i];
    }
}

/* p of this thread's row, and its share of the cross-entropy. */
static GPU_DEVICE void segmentation_row(const LossRows *a, LossRowsShared *shared, real *loss,
                                        real *weight) {
    const int classes = (int)a->classes;
    const int64_t label =
        segmentation_class(a->labels[softmax_tile_row()], classes, a->ignore_label, a->failure);
    const real *z = softmax_tile_place(&shared->tile, (real *)a->logits, classes);
    const real z_label = label >= 0 ? z[label] : 0; /* p may take the place of z */
    const SoftmaxSum sum =
        softmax_row(z, 1, classes, softmax_tile_place(&shared->tile, a->p, classes));
    shared->label[gpu_thread()] = (int)label;
    if (label < 0) return;
    *weight = a->weights ? a->weights[label] : 1;
    *loss = -*weight * softmax_log(sum, z_label, 1);
}

GPU_KERNEL_SHARED(segmentation_loss_rows, TILE_ROWS, LossRows, LossRowsShared) {
    const Gradient p = { a->p, false };
    const int classes = (int)a->classes;
    real *partial = a->partial + (int64_t)gpu_block() * DICE_SUMS * classes, loss = 0, weight = 0;
    softmax_tile_load(&shared->tile, a->logits, a->rows, classes);
    gpu_barrier();
    if (softmax_tile_row() < a->rows) segmentation_row(a, shared, &loss, &weight);
    softmax_tile_store(&shared->tile, p, a->rows, classes);
    loss = gpu_block_sum(loss, TILE_ROWS, shared->room);
    weight = gpu_block_sum(weight, TILE_ROWS, shared->room);
    if (gpu_thread() == 0) {
        a->entropy[gpu_block()] = loss;
        a->entropy[a->blocks + gpu_block()] = weight;
    }
    gpu_barrier();
    if (classes <= TILE_ROWS)
        soft_dice_sum_few(a, shared, partial);
    else
        soft_dice_sum_many(a, shared, partial);
}

typedef struct LossFinish {
    int64_t classes, blocks;
    const real *entropy;
    real *totals; /* of the cross-entropy: sums of w_i l_i, of w_i */
    real *sums;   /* of Dice */
    real *losses;
} LossFinish;

typedef struct LossFinishShared {
    real room[GPU_SUM_ROOM];
} LossFinishShared;

static GPU_DEVICE void finish_cross_entropy(const LossFinish *a, real *room) {
    real loss = 0, weight = 0;
    for (int64_t i = gpu_thread(); i < a->blocks; i += GPU_SUM_THREADS) {
        loss += a->entropy[i];
        weight += a->entropy[a->blocks + i];
    }
    loss = gpu_block_sum(loss, GPU_SUM_THREADS, room);
    weight = gpu_block_sum(weight, GPU_SUM_THREADS, room);
    if (gpu_thread() > 0) return;
    a->totals[0] = loss;
    a->totals[1] = weight;
    a->losses[LOSS_CROSS_ENTROPY] = cross_entropy_mean(loss, weight);
}

static GPU_DEVICE void finish_soft_dice(const LossFinish *a, real *room) {
    real *weights = a->sums + ROWS_OF * a->classes, present = 0, loss = 0;
    for (int64_t k = gpu_thread(); k < a->classes; k += GPU_SUM_THREADS)
        present += weights[k] > 0 ? 1 : 0;
    present = gpu_block_sum(present, GPU_SUM_THREADS, room);
    for (int64_t k = gpu_thread(); k < a->classes; k += GPU_SUM_THREADS) {
        weights[k] = soft_dice_weight(weights[k], present);
        loss += soft_dice_share(a->sums, a->classes, k);
    }
    loss = gpu_block_sum(loss, GPU_SUM_THREADS, room);
    if (gpu_thread() == 0) a->losses[LOSS_SOFT_DICE] = loss;
}

GPU_KERNEL_SHARED(segmentation_loss_finish, GPU_SUM_THREADS, LossFinish, LossFinishShared) {
    finish_cross_entropy(a, shared->room);
    finish_soft_dice(a, shared->room);
}

typedef struct LossBackward {
    int64_t rows, classes;
    int ignore_label;
    const real *labels, *weights, *p, *totals, *sums, *dlosses;
    Gradient dz;
    GpuFailure *failure;
} LossBackward;

GPU_KERNEL_SHARED(segmentation_loss_backward, TILE_ROWS, LossBackward, SoftmaxTile) {
    const int64_t row = softmax_tile_row(), classes = a->classes;
    softmax_tile_load(shared, a->p, a->rows, classes);
    gpu_barrier();
    if (row < a->rows) {
        real *p = softmax_tile_place(shared, (real *)a->p, classes);
        const int64_t label =
            segmentation_class(a->labels[row], classes, a->ignore_label, a->failure);
        const bool counts = label >= 0;
        const real weight = !counts ? 0 : a->weights ? a->weights[label] : 1;
        const real factor =
            cross_entropy_mean(a->dlosses[LOSS_CROSS_ENTROPY], a->totals[1]) * weight;
        const real inner = counts ? soft_dice_inner(a->sums, p, classes, label) : 0;
        const real ddice = a->dlosses[LOSS_SOFT_DICE];
        for (int64_t k = 0; k < classes; k++) {
            const real dice =
                counts ? ddice * soft_dice_gradient(a->sums, p[k], classes, label, inner, k) : 0;
            softmax_tile_put(p, a->dz, classes, k,
                             dice + cross_entropy_gradient(factor, p[k], k, label));
        }
    }
    softmax_tile_store(shared, a->dz, a->rows, classes);
}

static int ignore_label_of(const Node *node) {
    return ((const SegmentationLoss *)node->attributes)->ignore_label;
}

static const real *weights_of(const Node *node) {
    return node->input_count > 2 ? node->inputs[2]->value.data : NULL;
}

GPU_OP(segmentation_loss_forward) {
    const Shape *logits = &node->inputs[0]->shape;
    const int64_t rows = shape_rows(logits), classes = shape_last(logits);
    const int64_t blocks = gpu_divide_up(rows, TILE_ROWS);
    const Gradient totals = { node->saved[SEGMENTATION_DICE].data, false };
    Tensor entropy = gpu_scratch(2 * blocks), partial = gpu_scratch(blocks * DICE_SUMS * classes);
    const LossRows arguments = { rows,
                                 classes,
                                 blocks,
                                 ignore_label_of(node),
                                 node->inputs[0]->value.data,
                                 node->inputs[1]->value.data,
                                 weights_of(node),
                                 node->saved[SEGMENTATION_PROBABILITIES].data,
                                 entropy.data,
                                 partial.data,
                                 gpu_failure() };
    const LossFinish finish = { classes,      blocks,
                                entropy.data, node->saved[SEGMENTATION_ENTROPY].data,
                                totals.data,  node->value.data };
    gpu_launch(&segmentation_loss_rows, blocks, &arguments);
    gpu_column_sums(blocks, DICE_SUMS * classes, partial.data, NULL, totals);
    gpu_launch(&segmentation_loss_finish, 1, &finish);
    tensor_release(&partial);
    tensor_release(&entropy);
}

GPU_OP(segmentation_loss_backward) {
    const Shape *logits = &node->inputs[0]->shape;
    const LossBackward arguments = { shape_rows(logits),
                                     shape_last(logits),
                                     ignore_label_of(node),
                                     node->inputs[1]->value.data,
                                     weights_of(node),
                                     node->saved[SEGMENTATION_PROBABILITIES].data,
                                     node->saved[SEGMENTATION_ENTROPY].data,
                                     node->saved[SEGMENTATION_DICE].data,
                                     node->gradient.data,
                                     node->input_gradients[0],
                                     gpu_failure() };
    gpu_launch(&segmentation_loss_backward, gpu_divide_up(arguments.rows, TILE_ROWS), &arguments);
}
