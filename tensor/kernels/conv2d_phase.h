/* conv2d_phase.h - which taps of a filter reach which pixels of dx, on any device.
 *
 * y = oy stride + ky - padding: with stride s, line y of dx meets only the taps
 * ky = (y + padding) mod s, and s more, and s more. So the lines (and the columns) of dx fall into
 * s phases, and each phase is a convolution of dy, with stride 1, with its own subset of the taps.
 */
#ifndef TENSOR_CONV2D_PHASE_H
#define TENSOR_CONV2D_PHASE_H

#include "tensor/kernels/conv2d_kernels.h"

/* One dimension of one phase: positions first, first + stride, ... of dx, `count` of them, use the
 * taps lowest_tap, lowest_tap + stride, ..., `taps` of them. The window over dy of the first
 * position begins at `origin`. A later line of dy used the pixel with an earlier tap. */
typedef struct Conv2dPhase {
    int64_t first, count, lowest_tap, taps, origin;
} Conv2dPhase;

/* Phase `first` of 0 to stride - 1, in the dimension where dx has `size` positions and the filter
 * `kernel` taps. */
static inline Conv2dPhase conv2d_phase(int64_t first, int64_t size, int64_t kernel,
                                       const Conv2dShape *shape) {
    const int64_t s = shape->stride;
    Conv2dPhase phase;
    phase.first = first;
    phase.count = first < size ? (size - first + s - 1) / s : 0;
    phase.lowest_tap = (first + shape->padding) % s;
    phase.taps = phase.lowest_tap < kernel ? (kernel - phase.lowest_tap + s - 1) / s : 0;
    phase.origin = (first + shape->padding) / s - (phase.taps - 1);
    return phase;
}

#endif
