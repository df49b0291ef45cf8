/* The GPU kernels of nn/gradient_norm.c. Sums are double, as there, because the squares of large
 * floats overflow. A gradient of one chunk, as most are, needs one kernel. */
#include "cuda/reduce.h"

C_HEADERS_BEGIN
#include "nn/gradient_norm.h"
C_HEADERS_END

typedef struct GradientNormShared {
    double room[GPU_SUM_THREADS];
} GradientNormShared;

/* The sum over the block, for thread 0: a tree in shared memory, because shuffles exchange
 * reals. */
static GPU_DEVICE double gradient_norm_block_sum(double value, double *room) {
    const int thread = gpu_thread();
    room[thread] = value;
    for (int half = GPU_SUM_THREADS / 2; half > 0; half /= 2) {
        gpu_barrier();
        if (thread < half) room[thread] += room[thread + half];
    }
    return room[thread];
}

typedef struct GradientNormChunks {
    int64_t n, chunk;
    const real *gradient;
    double *partial; /* of the chunks; or */
    real *norm;      /* not NULL: of the only chunk */
} GradientNormChunks;

GPU_KERNEL_SHARED(gradient_norm_chunks, GPU_SUM_THREADS, GradientNormChunks, GradientNormShared) {
    const int64_t begin = gpu_block() * a->chunk;
    const int64_t end = begin + a->chunk < a->n ? begin + a->chunk : a->n;
    double sum = 0;
    for (int64_t i = begin + gpu_thread() * GPU_VECTOR; i < end; i += GPU_SUM_STEP) {
        const GpuVector g = gpu_vector_load(a->gradient, i, end);
        for (int k = 0; k < GPU_VECTOR; k++) sum += (double)g.lane[k] * (double)g.lane[k];
    }
    sum = gradient_norm_block_sum(sum, shared->room);
    if (gpu_thread() > 0) return;
    if (a->norm)
        a->norm[0] = (real)sqrt(sum);
    else
        a->partial[gpu_block()] = sum;
}

typedef struct GradientNormJoin {
    int64_t chunks;
    const double *partial;
    real *norm;
} GradientNormJoin;

GPU_KERNEL_SHARED(gradient_norm_join, GPU_SUM_THREADS, GradientNormJoin, GradientNormShared) {
    double sum = 0;
    for (int64_t i = gpu_thread(); i < a->chunks; i += GPU_SUM_THREADS) sum += a->partial[i];
    sum = gradient_norm_block_sum(sum, shared->room);
    if (gpu_thread() == 0) a->norm[0] = (real)sqrt(sum);
}

GPU_LAUNCHER(gradient_norm, const real *gradient, int64_t elements, real *norm) {
    const GpuChunks chunks = gpu_chunks(elements);
    GradientNormChunks arguments = { elements, chunks.elements, gradient, NULL, norm };
    if (chunks.count == 1) {
        gpu_launch(&gradient_norm_chunks, 1, &arguments);
        return;
    }
    Tensor partial = gpu_scratch(chunks.count * (int64_t)(sizeof(double) / sizeof(real)));
    arguments.partial = (double *)partial.data;
    arguments.norm = NULL;
    gpu_launch(&gradient_norm_chunks, chunks.count, &arguments);
    const GradientNormJoin join = { chunks.count, arguments.partial, norm };
    gpu_launch(&gradient_norm_join, 1, &join);
    tensor_release(&partial);
}
