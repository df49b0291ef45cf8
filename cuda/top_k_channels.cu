/* The GPU kernels of autograd/top_k_channels.c. The order is total, so an element's rank is the
 * number of elements before it, and each rank below k has one element. Every thread counts the rank
 * of one element over the whole row: C^2 independent comparisons a row of some hundred elements.
 * The threads of a block read the row together, a tile at a time, so that memory is read once per
 * block. */
#include "cuda/port/gpu.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/top_k_channels.h"
C_HEADERS_END

enum { TOP_K_THREADS = 256 };

typedef struct TopKForward {
    int64_t channels, k;
    int blocks_of_row;
    const real *scores;
    real *places;
} TopKForward;

typedef struct TopKShared {
    real score[TOP_K_THREADS];
} TopKShared;

GPU_KERNEL_SHARED(top_k_channels_forward, TOP_K_THREADS, TopKForward, TopKShared) {
    const int64_t row = gpu_block() / a->blocks_of_row;
    const int64_t c = (int64_t)(gpu_block() % a->blocks_of_row) * TOP_K_THREADS + gpu_thread();
    const real *scores = a->scores + row * a->channels;
    const real mine = c < a->channels ? scores[c] : 0;
    int64_t rank = 0;
    for (int64_t first = 0; first < a->channels; first += TOP_K_THREADS) {
        const int64_t left = a->channels - first;
        const int count = (int)(left < TOP_K_THREADS ? left : TOP_K_THREADS);
        gpu_barrier();
        if (gpu_thread() < count) shared->score[gpu_thread()] = scores[first + gpu_thread()];
        gpu_barrier();
        for (int i = 0; i < count; i++)
            rank += top_k_precedes(shared->score[i], (int)first + i, mine, (int)c);
    }
    if (c < a->channels && rank < a->k) a->places[row * a->k + rank] = (real)c;
}

GPU_OP(top_k_channels_forward) {
    const Shape *scores = &node->inputs[0]->shape;
    const int64_t blocks_of_row = gpu_divide_up(scores->size[1], TOP_K_THREADS);
    const TopKForward arguments = { scores->size[1], node->shape.size[1], (int)blocks_of_row,
                                    node->inputs[0]->value.data, node->value.data };
    gpu_launch(&top_k_channels_forward, scores->size[0] * blocks_of_row, &arguments);
}
