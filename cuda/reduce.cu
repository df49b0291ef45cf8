/* GPU kernels of autograd/reduce.c: sums of whole arrays. */
#include "cuda/reduce.h"

/* A chunk has 4 accesses for every thread; beyond this number of chunks, chunks grow instead. */
enum { CHUNKS_MOST = 512, CHUNK_LEAST = 4 * (int)GPU_SUM_STEP };

GpuChunks gpu_chunks(int64_t elements) {
    const int64_t even = gpu_divide_up(gpu_divide_up(elements, CHUNKS_MOST), GPU_SUM_STEP);
    GpuChunks chunks = { even * GPU_SUM_STEP, 0 };
    if (chunks.elements < CHUNK_LEAST) chunks.elements = CHUNK_LEAST;
    chunks.count = gpu_divide_up(elements, chunks.elements);
    return chunks;
}

typedef struct ReduceSum {
    int64_t n, chunk;
    const real *x;
    real *partial;
} ReduceSum;

typedef struct ReduceShared {
    real room[GPU_SUM_ROOM];
} ReduceShared;

GPU_KERNEL_SHARED(reduce_sum_chunks, GPU_SUM_THREADS, ReduceSum, ReduceShared) {
    const int64_t begin = gpu_block() * a->chunk;
    const int64_t end = begin + a->chunk < a->n ? begin + a->chunk : a->n;
    GpuVector sums = { { 0 } };
    for (int64_t i = begin + gpu_thread() * GPU_VECTOR; i < end; i += GPU_SUM_STEP) {
        const GpuVector x = gpu_vector_load(a->x, i, end);
        for (int k = 0; k < GPU_VECTOR; k++) sums.lane[k] += x.lane[k];
    }
    const real sum = gpu_block_sum(gpu_vector_sum(sums), GPU_SUM_THREADS, shared->room);
    if (gpu_thread() == 0) a->partial[gpu_block()] = sum;
}

typedef struct AddPartials {
    int64_t count;
    const real *partial;
    real divisor;
    real *to;
} AddPartials;

GPU_KERNEL_SHARED(reduce_add_partials, GPU_SUM_THREADS, AddPartials, ReduceShared) {
    real sum = 0;
    for (int64_t i = gpu_thread(); i < a->count; i += GPU_SUM_THREADS) sum += a->partial[i];
    sum = gpu_block_sum(sum, GPU_SUM_THREADS, shared->room);
    if (gpu_thread() == 0) a->to[0] = sum / a->divisor;
}

void gpu_add_partials(int64_t count, const real *partial, real divisor, real *to) {
    const AddPartials arguments = { count, partial, divisor, to };
    gpu_launch(&reduce_add_partials, 1, &arguments);
}

void gpu_reduce_sum(int64_t n, const real *x, real divisor, real *to) {
    const GpuChunks chunks = gpu_chunks(n);
    Tensor partial = gpu_scratch(chunks.count);
    const ReduceSum arguments = { n, chunks.elements, x, partial.data };
    gpu_launch(&reduce_sum_chunks, chunks.count, &arguments);
    gpu_add_partials(chunks.count, partial.data, divisor, to);
    tensor_release(&partial);
}

typedef struct Spread {
    int64_t n;
    const real *value;
    real divisor;
    Gradient to;
} Spread;

GPU_KERNEL(reduce_spread, GPU_VECTOR_THREADS, Spread) {
    const real share = a->value[0] / a->divisor;
    GpuVector v;
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = share;
    gpu_vector_store_gradient(a->to, gpu_vector_index(), a->n, v);
}

void gpu_spread(int64_t n, const real *value, real divisor, Gradient to) {
    const Spread arguments = { n, value, divisor, to };
    gpu_launch(&reduce_spread, gpu_vector_blocks(n), &arguments);
}
