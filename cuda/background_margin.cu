/* GPU kernels of hadnet/model/background_margin.c: one thread per row. Rows are short, and those of a
 * warp are contiguous, so the caches serve the strided reads in one pass over memory. */
#include "cuda/port/gpu.h"

C_HEADERS_BEGIN
#include "hadnet/model/background_margin.h"
#include "hadnet/ops.h"
C_HEADERS_END

enum { BACKGROUND_MARGIN_THREADS = 256 };

typedef struct BackgroundMargin {
    int64_t rows, classes;
    const real *distances;
    real *margin;
} BackgroundMargin;

GPU_KERNEL(background_margin_forward, BACKGROUND_MARGIN_THREADS, BackgroundMargin) {
    const int64_t row = (int64_t)gpu_block() * BACKGROUND_MARGIN_THREADS + gpu_thread();
    if (row < a->rows)
        a->margin[row] = background_margin_of(a->distances + row * a->classes, a->classes);
}

GPU_OP(background_margin_forward) {
    const BackgroundMargin arguments = { shape_rows(&node->shape),
                                         shape_last(&node->inputs[0]->shape),
                                         node->inputs[0]->value.data, node->value.data };
    gpu_launch(&background_margin_forward, gpu_divide_up(arguments.rows, BACKGROUND_MARGIN_THREADS),
               &arguments);
}
