/* reduce.h - shared by reductions to one number: the chunks of an array, one block each, and the
 * sum of the chunks' sums.
 *
 * The chunks depend only on the length, and every sum has a fixed order. A thread adds every 1024th
 * element of its chunk to one of GPU_VECTOR running sums; those, the threads of the block and then
 * the chunks are added in trees. So even 10^8 elements are no more than some 200 additions deep.
 */
#ifndef CUDA_REDUCE_H
#define CUDA_REDUCE_H

#include "cuda/block_sum.h"

typedef struct GpuChunks {
    int64_t elements; /* of a chunk, a multiple of GPU_VECTOR; the last one may be shorter */
    int64_t count;
} GpuChunks;

C_HEADERS_BEGIN

GpuChunks gpu_chunks(int64_t elements);

/* to[0] = the sum of x[0..n-1] / divisor. */
void gpu_reduce_sum(int64_t n, const real *x, real divisor, real *to);

/* The last step of a reduction: to[0] = the sum of partial[0..count-1] / divisor, for not too many.
 */
void gpu_add_partials(int64_t count, const real *partial, real divisor, real *to);

/* Every element of `to` is, or grows by, value[0] / divisor: the backward of such a reduction. */
void gpu_spread(int64_t n, const real *value, real divisor, Gradient to);

C_HEADERS_END

#endif
