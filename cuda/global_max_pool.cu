/* The GPU kernels of autograd/global_max_pool.c.
 *
 * The candidates of one image and channel are (value, place) pairs, and the order of comparisons
 * does not change the winner (pool_wins_from). So a block shares its pixels among the threads of a
 * column of channels and compares their winners pairwise. Where images and channels are too few to
 * fill the GPU, the pixels are split into chunks, a block for each, and a second, small run of the
 * same kernel compares their winners. */
#include "cuda/gpu_channels.h"

C_HEADERS_BEGIN
#include "autograd/ops.h"
#include "autograd/pool.h"
C_HEADERS_END

/* Blocks that fill a GPU; the number of pixels for which another block pays off. */
enum { GLOBAL_MAX_THREADS = 256, COLUMNS_MOST = 16, BLOCKS_ENOUGH = 1024, CHUNK_LEAST = 256 };

typedef struct GlobalMaxForward {
    int64_t images, pixels, channels;
    int64_t chunk_pixels;
    uint32_t chunks, tiles; /* of pixels; of channels */
    int columns, lanes;     /* threads side by side, a power of 2; channels of each */
    const real *x;          /* [images,pixels,C] */
    const real *places;     /* of each x; NULL: its pixel */
    real *best, *winner;    /* [images,chunks,C] */
} GlobalMaxForward;

typedef struct GlobalMaxShared {
    GpuVector best[GLOBAL_MAX_THREADS], winner[GLOBAL_MAX_THREADS];
} GlobalMaxShared;

static GPU_DEVICE void keep_winner(GpuVector x, GpuVector place, GpuVector *best,
                                   GpuVector *winner) {
    for (int k = 0; k < GPU_VECTOR; k++) {
        const bool wins = pool_wins_from(x.lane[k], place.lane[k], best->lane[k], winner->lane[k]);
        best->lane[k] = wins ? x.lane[k] : best->lane[k];
        winner->lane[k] = wins ? place.lane[k] : winner->lane[k];
    }
}

GPU_KERNEL_SHARED(global_max_pool_forward, GLOBAL_MAX_THREADS, GlobalMaxForward, GlobalMaxShared) {
    const int t = gpu_thread(), rows = GLOBAL_MAX_THREADS / a->columns, row = t / a->columns;
    uint32_t chunk = (uint32_t)gpu_block(); /* and image: both numbered through */
    const int64_t c =
        ((int64_t)gpu_split(&chunk, a->tiles) * a->columns + t % a->columns) * a->lanes;
    uint32_t image = chunk;
    const int64_t first = gpu_split(&image, a->chunks) * a->chunk_pixels;
    const int64_t end = first + a->chunk_pixels < a->pixels ? first + a->chunk_pixels : a->pixels;
    GpuVector best = gpu_vector_of(-INFINITY), winner = gpu_vector_of(INFINITY); /* lose to all */
    for (int64_t pixel = first + row; c < a->channels && pixel < end; pixel += rows) {
        const int64_t i = ((int64_t)image * a->pixels + pixel) * a->channels + c;
        const GpuVector place =
            a->places ? gpu_channels_load(a->places + i, a->lanes) : gpu_vector_of((real)pixel);
        keep_winner(gpu_channels_load(a->x + i, a->lanes), place, &best, &winner);
    }
    /* In each step the upper half passes its winners to the lower half and is done. */
    for (int half = rows / 2; half > 0; half /= 2) {
        if (row >= half && row < 2 * half) {
            shared->best[t] = best;
            shared->winner[t] = winner;
        }
        gpu_barrier();
        if (row < half)
            keep_winner(shared->best[t + half * a->columns], shared->winner[t + half * a->columns],
                        &best, &winner);
    }
    if (row > 0 || c >= a->channels) return;
    gpu_channels_store(a->best + (int64_t)chunk * a->channels + c, a->lanes, best);
    gpu_channels_store(a->winner + (int64_t)chunk * a->channels + c, a->lanes, winner);
}

typedef struct GlobalMaxBackward {
    GpuImages in;
    const real *winner, *dy;
    Gradient dx;
} GlobalMaxBackward;

GPU_KERNEL(global_max_pool_backward, GPU_CHANNELS_THREADS, GlobalMaxBackward) {
    GpuPixel at;
    if (!gpu_pixel(&a->in, &at)) return;
    const int64_t i = at.batch * a->in.channels + at.c;
    const GpuVector winner = gpu_channels_load(a->winner + i, a->in.lanes);
    const real place = (real)(at.h * a->in.width + at.w);
    GpuVector v = gpu_channels_load(a->dy + i, a->in.lanes);
    for (int k = 0; k < GPU_VECTOR; k++) v.lane[k] = winner.lane[k] == place ? v.lane[k] : 0;
    gpu_channels_store_gradient(a->dx, gpu_channels_at(&a->in, at), a->in.lanes, v);
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The blocks and chunks of forward on images of this shape. */
static GlobalMaxForward plan_forward(const Shape *x) {
    const int64_t pixels = x->size[1] * x->size[2], channels = x->size[3];
    const int lanes = channels % GPU_VECTOR ? 1 : GPU_VECTOR;
    int columns = 1;
    while (columns < COLUMNS_MOST && columns * lanes < channels) columns *= 2;
    const int64_t tiles = gpu_divide_up(channels, columns * lanes);
    const int64_t chunks_most = smaller(gpu_divide_up(BLOCKS_ENOUGH, x->size[0] * tiles),
                                        gpu_divide_up(pixels, CHUNK_LEAST));
    const int64_t chunk_pixels = gpu_divide_up(pixels, chunks_most);
    const int64_t chunks = gpu_divide_up(pixels, chunk_pixels);
    const GlobalMaxForward work = { x->size[0],
                                    pixels,
                                    channels,
                                    chunk_pixels,
                                    (uint32_t)chunks,
                                    (uint32_t)tiles,
                                    columns,
                                    lanes,
                                    NULL,
                                    NULL,
                                    NULL,
                                    NULL };
    return work;
}

static void launch_forward(const GlobalMaxForward *work) {
    gpu_launch(&global_max_pool_forward, work->images * (int64_t)work->chunks * work->tiles, work);
}

GPU_OP(global_max_pool_forward) {
    GlobalMaxForward work = plan_forward(&node->inputs[0]->shape);
    const int64_t chunks = work.chunks, winners = work.images * chunks * work.channels;
    Tensor scratch = { { 0, { 0 } }, NULL, NULL };
    work.x = node->inputs[0]->value.data;
    if (chunks > 1) {
        scratch = gpu_scratch(2 * winners);
        work.best = scratch.data;
        work.winner = scratch.data + winners;
        launch_forward(&work);
        work.x = work.best;
        work.places = work.winner;
        work.pixels = work.chunk_pixels = chunks;
        work.chunks = 1;
    }
    work.best = node->value.data;
    work.winner = node->saved[0].data;
    launch_forward(&work);
    tensor_release(&scratch);
}

GPU_OP(global_max_pool_backward) {
    GlobalMaxBackward arguments = { gpu_images_of(&node->inputs[0]->shape), node->saved[0].data,
                                    node->gradient.data, node->input_gradients[0] };
    gpu_channels_launch(&global_max_pool_backward, &arguments.in, &arguments);
}
