/* Copies of whole tensors, and of columns of matrices: 16 bytes at a time where starts and widths
 * allow. */
#include "cuda/copy.h"
#include "cuda/gpu_channels.h"

typedef struct CopyElements {
    int64_t n;
    const real *from;
    Gradient to;
} CopyElements;

GPU_KERNEL(copy_elements, GPU_VECTOR_THREADS, CopyElements) {
    const int64_t i = gpu_vector_index();
    gpu_vector_store_gradient(a->to, i, a->n, gpu_vector_load(a->from, i, a->n));
}

void gpu_copy_elements(const real *from, Gradient to, int64_t n) {
    const CopyElements arguments = { n, from, to };
    gpu_launch(&copy_elements, gpu_vector_blocks(n), &arguments);
}

typedef struct CopyColumns {
    GpuImages columns; /* as images of one pixel per row */
    const real *from;  /* NULL: zeros */
    int64_t from_stride;
    Gradient to;
    int64_t to_stride;
} CopyColumns;

GPU_KERNEL(copy_columns, GPU_CHANNELS_THREADS, CopyColumns) {
    const int lanes = a->columns.lanes;
    GpuPixel at;
    if (!gpu_pixel(&a->columns, &at)) return;
    const GpuVector value =
        a->from ? gpu_channels_load(a->from + at.batch * a->from_stride + at.c, lanes)
                : gpu_vector_of(0);
    gpu_channels_store_gradient(a->to, at.batch * a->to_stride + at.c, lanes, value);
}

/* Whether every row starts at a multiple of 16 bytes. */
static bool in_vectors(const real *data, int64_t stride) {
    return (uintptr_t)data % sizeof(GpuVector) == 0 && stride % GPU_VECTOR == 0;
}

void gpu_copy_columns(int64_t rows, int64_t width, const real *from, int64_t from_stride,
                      Gradient to, int64_t to_stride) {
    CopyColumns arguments = { gpu_images(rows, 1, 1, width), from, from_stride, to, to_stride };
    if (!in_vectors(from, from_stride) || !in_vectors(to.data, to_stride))
        arguments.columns.lanes = 1;
    gpu_channels_launch(&copy_columns, &arguments.columns, &arguments);
}

void gpu_zero_columns(int64_t rows, int64_t width, real *to, int64_t to_stride) {
    const Gradient overwritten = { to, false };
    gpu_copy_columns(rows, width, NULL, 0, overwritten, to_stride);
}
