/* conv2d_backward_data.c - the gradient of a convolution's image.
 *
 *     dx[n,y,x,i] = sum of dy[n,oy,ox,o] w[o,ky,kx,i] over oy*stride + ky = y + padding, same in x
 *
 * With stride 1 that is a convolution of dy with the filter rotated by 180 degrees; with another
 * stride, one for each phase of the pixels (conv2d_phase.h). No multiply-add is wasted on zeros
 * between pixels, and one phase writes every element of dx.
 */
#include "tensor/kernels/conv2d_kernels.h"
#include "tensor/kernels/conv2d_phase.h"
#include "tensor/kernels/conv2d_window.h"
#include "tensor/kernels/depthwise.h"
#include "tensor/kernels/winograd.h"

/* The filters of one group and phase as a right matrix [taps_y * taps_x * out, in]. Taps run
 * backwards: a later row of dy used the pixel with an earlier tap. */
typedef struct PhaseFilters {
    const real *weight; /* of the group */
    int64_t kernel_values, kernel_width, in, out, stride;
    Conv2dPhase y, x;
} PhaseFilters;

static const real *filter_row(const PhaseFilters *filters, int64_t row) {
    const int64_t o = row % filters->out, tap = row / filters->out;
    const int64_t ty = filters->y.taps - 1 - tap / filters->x.taps;
    const int64_t tx = filters->x.taps - 1 - tap % filters->x.taps;
    const int64_t ky = filters->y.lowest_tap + ty * filters->stride;
    const int64_t kx = filters->x.lowest_tap + tx * filters->stride;
    return filters->weight + o * filters->kernel_values +
           (ky * filters->kernel_width + kx) * filters->in;
}

static void pack_filters(const void *matrix, int64_t first_depth, int64_t depth,
                         int64_t first_column, int64_t columns, real *panel) {
    const PhaseFilters *filters = matrix;
    for (int64_t k = 0; k < depth; k++)
        gemm_pack_row(panel + k * GEMM_COLUMNS, filter_row(filters, first_depth + k) + first_column,
                      columns);
}

/* The pixels of dx that belong to a phase, as rows of a result. */
typedef struct PhasePixels {
    real *dx; /* at the group's first channel */
    int64_t height, width, in, stride;
    Conv2dPhase y, x;
} PhasePixels;

static void locate_pixels(const void *matrix, int64_t first_row, int64_t rows, real **row) {
    const PhasePixels *pixels = matrix;
    for (int64_t r = 0; r < rows; r++) {
        const int64_t line = (first_row + r) / pixels->x.count;
        const int64_t x = pixels->x.first + (first_row + r) % pixels->x.count * pixels->stride;
        const int64_t y = pixels->y.first + line % pixels->y.count * pixels->stride;
        const int64_t n = line / pixels->y.count;
        row[r] = pixels->dx + ((n * pixels->height + y) * pixels->width + x) * pixels->in;
    }
}

static void run_phase(const Conv2dShape *shape, int64_t g, Conv2dPhase y, Conv2dPhase x,
                      const real *dy, const real *weight, real *dx, bool accumulate) {
    const int64_t in = shape->in / shape->groups, out = shape->out / shape->groups;
    const int64_t kernel_values = shape->kernel_height * shape->kernel_width * in;
    const Window window = { .image = dy,
                            .height = conv2d_out_height(shape),
                            .width = conv2d_out_width(shape),
                            .pixel_channels = shape->out,
                            .first_channel = g * out,
                            .channels = out,
                            .taps_y = y.taps,
                            .taps_x = x.taps,
                            .rows_y = y.count,
                            .rows_x = x.count,
                            .origin_y = y.origin,
                            .origin_x = x.origin,
                            .stride = 1 };
    const PhaseFilters filters = { weight + g * out * kernel_values,
                                   kernel_values,
                                   shape->kernel_width,
                                   in,
                                   out,
                                   shape->stride,
                                   y,
                                   x };
    const PhasePixels pixels = {
        dx + g * in, shape->height, shape->width, shape->in, shape->stride, y, x
    };
    gemm_run(&(Gemm){ .rows = shape->batch * y.count * x.count,
                      .columns = in,
                      .depth = y.taps * x.taps * out,
                      .left = window_left(&window),
                      .right = { .matrix = &filters, .pack = pack_filters },
                      .result = { &pixels, locate_pixels },
                      .accumulate = accumulate });
}

void conv2d_backward_data(const Conv2dShape *shape, const real *dy, const real *weight, real *dx,
                          bool accumulate) {
    if (conv2d_is_depthwise(shape)) {
        depthwise_backward_data(shape, dy, weight, dx, accumulate);
        return;
    }
    if (winograd_should(shape, WINOGRAD_BACKWARD_DATA)) {
        winograd_backward_data(shape, dy, weight, dx, accumulate);
        return;
    }
    for (int64_t g = 0; g < shape->groups; g++)
        for (int64_t y = 0; y < shape->stride; y++)
            for (int64_t x = 0; x < shape->stride; x++)
                run_phase(shape, g, conv2d_phase(y, shape->height, shape->kernel_height, shape),
                          conv2d_phase(x, shape->width, shape->kernel_width, shape), dy, weight, dx,
                          accumulate);
}
