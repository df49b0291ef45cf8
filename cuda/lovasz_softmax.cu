/* The GPU kernels of autograd/lovasz_softmax.c.
 *
 * Forward, for all classes at once: compute p and one item per row and class, ordered by error and
 * then by row; sort each class's items (bitonic sort, Batcher, 1968), in shared memory while
 * partners are less than a block's items apart; count the rows of the class in each piece of the
 * order, and before it. From these counts every item gets the number of class rows before it, and
 * so its gain. The order is total, so the result does not depend on the order of threads. */
#include "cuda/reduce.h"

C_HEADERS_BEGIN
#include "autograd/lovasz_softmax.h"
#include "autograd/ops.h"
C_HEADERS_END

enum {
    LOVASZ_THREADS = 256,
    SORT_THREADS = 256,
    SORT_ITEMS = 2 * SORT_THREADS, /* of a block */
};

/* Items are sorted by these two; padding items come after all others. */
typedef struct LovaszItem {
    real error; /* -1: none */
    int row;
} LovaszItem;

static GPU_DEVICE bool lovasz_precedes(LovaszItem a, LovaszItem b) {
    return a.error > b.error || (a.error == b.error && a.row < b.row);
}

typedef struct LovaszOrder {
    int64_t rows, classes;
    int64_t places; /* of a class: rows, rounded up to a power of two of SORT_ITEMS at least */
    int ignore_label;
    const real *logits, *labels;
    real *p, *slopes;
    LovaszItem *items;   /* [classes, places] */
    int *before;         /* [classes, pieces], rows of the class */
    int *of_class;       /* [classes] */
    real *partial;       /* [classes * pieces] */
    int64_t step, stage; /* of the sort */
    GpuFailure *failure;
} LovaszOrder;

static GPU_DEVICE int64_t lovasz_class(const LovaszOrder *a, int64_t row) {
    const int64_t k = label_class(a->labels[row], a->classes, a->ignore_label);
    if (k == LABEL_WRONG)
        gpu_fail(a->failure, "lovasz_softmax: label is neither a class nor the one to ignore");
    return k;
}

static GPU_DEVICE int64_t lovasz_index(void) {
    return (int64_t)gpu_block() * LOVASZ_THREADS + gpu_thread();
}

/* A thread per row and place behind the rows. */
GPU_KERNEL(lovasz_items, LOVASZ_THREADS, LovaszOrder) {
    const int64_t row = lovasz_index();
    const LovaszItem none = { -1, (int)row };
    if (row >= a->places) return;
    const int64_t label = row < a->rows ? lovasz_class(a, row) : (int64_t)LABEL_IGNORED;
    real *p = a->p + row * a->classes;
    if (row < a->rows) softmax_row(a->logits + row * a->classes, 1, a->classes, p);
    for (int64_t k = 0; k < a->classes; k++) {
        LovaszItem item = none;
        if (label != LABEL_IGNORED) {
            const real error = lovasz_error(p[k], label == k);
            item.error = error > 0 ? error : 0;
        }
        if (row < a->rows) a->slopes[row * a->classes + k] = 0;
        a->items[k * a->places + row] = item;
    }
}

/* Swaps two items that are in the wrong order. In a stage of s items, places whose number has the
 * bit s are sorted in reverse, except in the last stage. */
static GPU_DEVICE void lovasz_exchange(LovaszItem *low, LovaszItem *high, int64_t place,
                                       int64_t stage) {
    const bool falling = (place & stage) == 0;
    if (lovasz_precedes(*high, *low) != falling) return;
    const LovaszItem item = *low;
    *low = *high;
    *high = item;
}

/* The lower of the two places of pair i that are `step` apart. */
static GPU_DEVICE int64_t lovasz_low(int64_t i, int64_t step) {
    return (i & ~(step - 1)) * 2 + (i & (step - 1));
}

/* Partners `step` apart, across blocks: a thread per pair of all classes. places is a power of two,
 * so pairs do not straddle classes. */
GPU_KERNEL(lovasz_sort_apart, LOVASZ_THREADS, LovaszOrder) {
    const int64_t i = lovasz_index();
    if (i >= a->classes * a->places / 2) return;
    LovaszItem *low = a->items + lovasz_low(i, a->step);
    lovasz_exchange(low, low + a->step, lovasz_low(i, a->step) & (a->places - 1), a->stage);
}

typedef struct LovaszSortShared {
    LovaszItem items[SORT_ITEMS];
} LovaszSortShared;

/* All stages up to SORT_ITEMS (stage 0), or the rest of one stage above it. */
GPU_KERNEL_SHARED(lovasz_sort_block, SORT_THREADS, LovaszOrder, LovaszSortShared) {
    LovaszItem *mine = a->items + (int64_t)gpu_block() * SORT_ITEMS;
    const int64_t first = (int64_t)gpu_block() * SORT_ITEMS & (a->places - 1);
    const int64_t last = a->stage ? a->stage : (int64_t)SORT_ITEMS;
    for (int i = gpu_thread(); i < SORT_ITEMS; i += SORT_THREADS) shared->items[i] = mine[i];
    for (int64_t stage = a->stage ? a->stage : 2; stage <= last; stage *= 2)
        for (int64_t step = stage < SORT_ITEMS ? stage / 2 : (int64_t)SORT_THREADS; step > 0;
             step /= 2) {
            const int64_t low = lovasz_low(gpu_thread(), step);
            gpu_barrier();
            lovasz_exchange(shared->items + low, shared->items + low + step, first + low, stage);
        }
    gpu_barrier();
    for (int i = gpu_thread(); i < SORT_ITEMS; i += SORT_THREADS) mine[i] = shared->items[i];
}

typedef struct LovaszShared {
    int counts[LOVASZ_THREADS];
    real room[GPU_SUM_ROOM];
} LovaszShared;

/* The number of threads up to this one, inclusive, whose condition is true. */
static GPU_DEVICE int lovasz_count(bool yes, int *counts) {
    const int thread = gpu_thread();
    counts[thread] = yes;
    for (int step = 1; step < LOVASZ_THREADS; step *= 2) {
        gpu_barrier();
        const int more = thread >= step ? counts[thread - step] : 0;
        gpu_barrier();
        counts[thread] += more;
    }
    gpu_barrier();
    return counts[thread];
}

static GPU_DEVICE int64_t lovasz_pieces(const LovaszOrder *a) {
    return a->places / LOVASZ_THREADS;
}

static GPU_DEVICE bool lovasz_in_class(const LovaszOrder *a, LovaszItem item, int64_t k) {
    return item.error >= 0 && a->labels[item.row] == (real)k;
}

/* A block counts the rows of the class in one piece of the order. */
GPU_KERNEL_SHARED(lovasz_count_pieces, LOVASZ_THREADS, LovaszOrder, LovaszShared) {
    const int64_t k = gpu_block() / lovasz_pieces(a);
    const int count = lovasz_count(lovasz_in_class(a, a->items[lovasz_index()], k), shared->counts);
    if (gpu_thread() == LOVASZ_THREADS - 1) a->before[gpu_block()] = count;
}

/* A block per class: an exclusive sum over the counts of its pieces. */
GPU_KERNEL_SHARED(lovasz_add_pieces, LOVASZ_THREADS, LovaszOrder, LovaszShared) {
    const int64_t pieces = lovasz_pieces(a), k = gpu_block();
    int *before = a->before + k * pieces, sum = 0;
    for (int64_t first = 0; first < pieces; first += LOVASZ_THREADS) {
        const int64_t piece = first + gpu_thread();
        gpu_barrier();
        shared->counts[gpu_thread()] = piece < pieces ? before[piece] : 0;
        gpu_barrier();
        int here = sum;
        for (int i = 0; i < LOVASZ_THREADS; i++) {
            here += i < gpu_thread() ? shared->counts[i] : 0;
            sum += shared->counts[i];
        }
        if (piece < pieces) before[piece] = here;
    }
    if (gpu_thread() == 0) a->of_class[k] = sum;
}

/* A block processes a piece of a class: slopes, and its share of the loss. */
GPU_KERNEL_SHARED(lovasz_slopes, LOVASZ_THREADS, LovaszOrder, LovaszShared) {
    const int64_t k = gpu_block() / lovasz_pieces(a);
    const int64_t place = lovasz_index() & (a->places - 1);
    const LovaszItem item = a->items[lovasz_index()];
    const bool in_class = lovasz_in_class(a, item, k);
    const int64_t of_class = a->of_class[k];
    const int64_t before =
        a->before[gpu_block()] + lovasz_count(in_class, shared->counts) - (in_class ? 1 : 0);
    int64_t present = 0;
    real loss = 0;
    for (int64_t i = 0; i < a->classes; i++) present += a->of_class[i] > 0;
    if (item.error >= 0 && of_class > 0) {
        const real gain = lovasz_gain(of_class, before, place - before, in_class);
        a->slopes[item.row * a->classes + k] = lovasz_slope(gain, in_class, present);
        loss = gain * item.error / (real)present;
    }
    loss = gpu_block_sum(loss, LOVASZ_THREADS, shared->room);
    if (gpu_thread() == 0) a->partial[gpu_block()] = loss;
}

typedef struct LovaszBackward {
    int64_t rows, classes;
    const real *p, *slopes, *dloss;
    Gradient dz;
} LovaszBackward;

GPU_KERNEL(lovasz_backward, LOVASZ_THREADS, LovaszBackward) {
    const int64_t row = lovasz_index();
    if (row >= a->rows) return;
    const real *p = a->p + row * a->classes, *dp = a->slopes + row * a->classes;
    real inner = 0;
    for (int64_t k = 0; k < a->classes; k++) inner += dp[k] * p[k];
    for (int64_t k = 0; k < a->classes; k++)
        gradient_store(a->dz, row * a->classes + k,
                       a->dloss[0] * softmax_gradient(p[k], dp[k], inner));
}

static void lovasz_sort(LovaszOrder order) {
    const int64_t items = order.classes * order.places;
    order.stage = 0;
    gpu_launch(&lovasz_sort_block, items / SORT_ITEMS, &order);
    for (order.stage = 2 * SORT_ITEMS; order.stage <= order.places; order.stage *= 2) {
        for (order.step = order.stage / 2; order.step >= SORT_ITEMS; order.step /= 2)
            gpu_launch(&lovasz_sort_apart, gpu_divide_up(items / 2, LOVASZ_THREADS), &order);
        gpu_launch(&lovasz_sort_block, items / SORT_ITEMS, &order);
    }
}

/* Reals of scratch memory for so many objects of a size. */
static int64_t reals_for(int64_t count, size_t size) {
    return gpu_divide_up(count * (int64_t)size, sizeof(real));
}

GPU_OP(lovasz_softmax_forward) {
    const Shape *logits = &node->inputs[0]->shape;
    const int64_t rows = shape_rows(logits), classes = shape_last(logits);
    int64_t places = SORT_ITEMS;
    while (places < rows) places *= 2;
    const int64_t pieces = classes * (places / LOVASZ_THREADS);
    Tensor items = gpu_scratch(reals_for(classes * places, sizeof(LovaszItem)));
    Tensor counts = gpu_scratch(reals_for(pieces + classes, sizeof(int)));
    Tensor partial = gpu_scratch(pieces);
    LovaszOrder order = { rows,
                          classes,
                          places,
                          ((const LovaszSoftmax *)node->attributes)->ignore_label,
                          node->inputs[0]->value.data,
                          node->inputs[1]->value.data,
                          node->saved[LOVASZ_PROBABILITIES].data,
                          node->saved[LOVASZ_SLOPES].data,
                          (LovaszItem *)items.data,
                          (int *)counts.data,
                          (int *)counts.data + pieces,
                          partial.data,
                          0,
                          0,
                          gpu_failure() };
    gpu_launch(&lovasz_items, places / LOVASZ_THREADS, &order);
    lovasz_sort(order);
    gpu_launch(&lovasz_count_pieces, pieces, &order);
    gpu_launch(&lovasz_add_pieces, classes, &order);
    gpu_launch(&lovasz_slopes, pieces, &order);
    gpu_reduce_sum(pieces, partial.data, 1, node->value.data);
    tensor_release(&partial);
    tensor_release(&counts);
    tensor_release(&items);
}

GPU_OP(lovasz_softmax_backward) {
    const Shape *logits = &node->inputs[0]->shape;
    const LovaszBackward arguments = { shape_rows(logits),
                                       shape_last(logits),
                                       node->saved[LOVASZ_PROBABILITIES].data,
                                       node->saved[LOVASZ_SLOPES].data,
                                       node->gradient.data,
                                       node->input_gradients[0] };
    gpu_launch(&lovasz_backward, gpu_divide_up(arguments.rows, LOVASZ_THREADS), &arguments);
}
