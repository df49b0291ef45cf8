/* block_sum.h - sums over the threads of a warp and of a block, in an order that depends only on
 * the number of threads.
 *
 * A butterfly: in step m every lane adds the value of the lane at distance m. Addition commutes, so
 * both get the same bits, and after the last step all lanes hold the sum. The sums of the warps are
 * exchanged in shared memory, and every thread adds them in the order of the warps.
 */
#ifndef CUDA_BLOCK_SUM_H
#define CUDA_BLOCK_SUM_H

#include "cuda/gpu_vector.h"

enum {
    GPU_SUM_THREADS = 256,
    GPU_SUM_ROOM = GPU_SUM_THREADS / 32,
    GPU_SUM_STEP = GPU_SUM_THREADS * (int)GPU_VECTOR /* elements that a block takes at once */
};

/* The sum over the warp, for each of its threads. All of them must take part. */
static GPU_DEVICE real gpu_warp_sum(real value) {
    for (int mask = GPU_WARP / 2; mask > 0; mask /= 2) value += gpu_shuffle_xor(value, mask);
    return value;
}

/* The sum over a block of `threads`, GPU_SUM_THREADS at most, for each of them. All must take part.
 * room: GPU_SUM_ROOM reals of shared memory; successive sums may use the same. */
static GPU_DEVICE real gpu_block_sum(real value, int threads, real *room) {
    value = gpu_warp_sum(value);
    gpu_barrier(); /* the sum before has been read */
    if (gpu_thread() % GPU_WARP == 0) room[gpu_thread() / GPU_WARP] = value;
    gpu_barrier();
    real total = room[0];
    for (int warp = 1; warp < threads / GPU_WARP; warp++) total += room[warp];
    return total;
}

/* The elements of one vector, pairwise. */
static GPU_DEVICE real gpu_vector_sum(GpuVector v) {
    for (int half = GPU_VECTOR / 2; half > 0; half /= 2)
        for (int k = 0; k < half; k++) v.lane[k] += v.lane[k + half];
    return v.lane[0];
}

#endif
