/* The GPU kernels of hadnet/model/reconstruction_loss.c.
 *
 * A sample need not start where a vector does. Blocks take chunks of vectors, all of them aligned,
 * that cover their sample, and leave out the elements of its neighbours at both ends. */
#include "cuda/reduce.h"

C_HEADERS_BEGIN
#include "autograd/pointwise.h"
#include "hadnet/ops.h"
C_HEADERS_END

enum { CHUNK = 8 * (int)GPU_SUM_STEP };

/* The elements of one block: those of [begin, end) from `first`, a multiple of GPU_VECTOR, on. */
typedef struct ReconstructionPlace {
    int64_t sample, begin, end, first, last;
} ReconstructionPlace;

static GPU_DEVICE ReconstructionPlace reconstruction_place(int64_t n, int64_t chunks) {
    ReconstructionPlace place;
    const int64_t chunk = gpu_block() % chunks;
    place.sample = gpu_block() / chunks;
    place.begin = place.sample * n;
    place.end = place.begin + n;
    place.first = place.begin - place.begin % GPU_VECTOR + chunk * CHUNK;
    place.last = place.first + CHUNK < place.end ? place.first + CHUNK : place.end;
    return place;
}

/* Chunks of a sample of n elements, up to GPU_VECTOR - 1 of its neighbour before it. */
static int64_t chunks_of(int64_t n) {
    return gpu_divide_up(n + GPU_VECTOR - 1, CHUNK);
}

typedef struct ReconstructionErrors {
    int64_t n, chunks;
    const real *prediction, *target, *weights;
    real *partial; /* [samples, chunks] */
} ReconstructionErrors;

typedef struct ReconstructionShared {
    real room[GPU_SUM_ROOM];
} ReconstructionShared;

/* A sample of weight 0 is not read at all. */
GPU_KERNEL_SHARED(reconstruction_loss_chunks, GPU_SUM_THREADS, ReconstructionErrors,
                  ReconstructionShared) {
    const ReconstructionPlace place = reconstruction_place(a->n, a->chunks);
    const real weight = a->weights[place.sample];
    GpuVector sums = { { 0 } };
    for (int64_t i = place.first + gpu_thread() * GPU_VECTOR; weight != 0 && i < place.last;
         i += GPU_SUM_STEP) {
        const GpuVector p = gpu_vector_load(a->prediction, i, place.end);
        const GpuVector t = gpu_vector_load(a->target, i, place.end);
        for (int k = 0; k < GPU_VECTOR; k++)
            if (i + k >= place.begin)
                sums.lane[k] += squared_difference_value(p.lane[k], t.lane[k]);
    }
    const real sum = gpu_block_sum(gpu_vector_sum(sums), GPU_SUM_THREADS, shared->room);
    if (gpu_thread() == 0) a->partial[gpu_block()] = weight == 0 ? 0 : weight * sum / (real)a->n;
}

typedef struct ReconstructionFinish {
    int64_t samples, partials;
    const real *partial, *weights;
    real *total, *loss; /* total: max(1, sum of w) */
} ReconstructionFinish;

GPU_KERNEL_SHARED(reconstruction_loss_finish, GPU_SUM_THREADS, ReconstructionFinish,
                  ReconstructionShared) {
    real total = 0, loss = 0;
    for (int64_t i = gpu_thread(); i < a->samples; i += GPU_SUM_THREADS) total += a->weights[i];
    for (int64_t i = gpu_thread(); i < a->partials; i += GPU_SUM_THREADS) loss += a->partial[i];
    total = gpu_block_sum(total, GPU_SUM_THREADS, shared->room);
    loss = gpu_block_sum(loss, GPU_SUM_THREADS, shared->room);
    if (gpu_thread() > 0) return;
    a->total[0] = total > 1 ? total : 1;
    a->loss[0] = loss / a->total[0];
}

typedef struct ReconstructionGradients {
    int64_t n, chunks;
    const real *prediction, *target, *weights, *total, *dloss;
    Gradient dp;
} ReconstructionGradients;

GPU_KERNEL(reconstruction_loss_backward, GPU_SUM_THREADS, ReconstructionGradients) {
    const ReconstructionPlace place = reconstruction_place(a->n, a->chunks);
    const real weight = a->weights[place.sample];
    const real factor = weight * (2 * a->dloss[0] / ((real)a->n * a->total[0]));
    for (int64_t i = place.first + gpu_thread() * GPU_VECTOR; i < place.last; i += GPU_SUM_STEP) {
        GpuVector dp = { { 0 } };
        if (weight != 0) {
            const GpuVector p = gpu_vector_load(a->prediction, i, place.end);
            const GpuVector t = gpu_vector_load(a->target, i, place.end);
            for (int k = 0; k < GPU_VECTOR; k++) dp.lane[k] = factor * (p.lane[k] - t.lane[k]);
        }
        if (i >= place.begin) {
            gpu_vector_store_gradient(a->dp, i, place.end, dp);
            continue;
        }
        for (int k = 0; k < GPU_VECTOR; k++)
            if (i + k >= place.begin && i + k < place.end) gradient_store(a->dp, i + k, dp.lane[k]);
    }
}

GPU_OP(reconstruction_loss_forward) {
    const Shape *shape = &node->inputs[0]->shape;
    const int64_t samples = shape->size[0], n = shape_elements(shape) / samples;
    const int64_t chunks = chunks_of(n);
    Tensor partial = gpu_scratch(samples * chunks);
    const ReconstructionErrors errors = { n,
                                          chunks,
                                          node->inputs[0]->value.data,
                                          node->inputs[1]->value.data,
                                          node->inputs[2]->value.data,
                                          partial.data };
    const ReconstructionFinish finish = { samples,
                                          samples * chunks,
                                          partial.data,
                                          node->inputs[2]->value.data,
                                          node->saved[0].data,
                                          node->value.data };
    gpu_launch(&reconstruction_loss_chunks, samples * chunks, &errors);
    gpu_launch(&reconstruction_loss_finish, 1, &finish);
    tensor_release(&partial);
}

GPU_OP(reconstruction_loss_backward) {
    const Shape *shape = &node->inputs[0]->shape;
    const int64_t samples = shape->size[0], n = shape_elements(shape) / samples;
    const ReconstructionGradients arguments = { n,
                                                chunks_of(n),
                                                node->inputs[0]->value.data,
                                                node->inputs[1]->value.data,
                                                node->inputs[2]->value.data,
                                                node->saved[0].data,
                                                node->gradient.data,
                                                node->input_gradients[0] };
    gpu_launch(&reconstruction_loss_backward, samples * arguments.chunks, &arguments);
}
