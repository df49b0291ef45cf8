/* row.h - inner products and lengths of rows: x[0..n-1].
 *
 * Sums use eight interleaved lanes, which the compiler keeps in one vector register; their order
 * depends on n alone. The remaining elements are added lane by lane too, by a loop of fixed length:
 * a GPU keeps the lanes in registers only if each lane's number is known at compile time.
 */
#ifndef HYP_ROW_H
#define HYP_ROW_H

#include "tensor/real.h"

enum { ROW_LANES = 8 };

/* On a GPU a thread uses the eight lanes only: if the compiler unrolled the loop further, it would
 * run out of registers. */
#if defined(__CUDA_ARCH__) || defined(__HIP_DEVICE_COMPILE__)
#define ROW_LOOP _Pragma("unroll 1")
#else
#define ROW_LOOP
#endif

static inline HD real row_add_lanes(const real *lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
           ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* [x, y]. */
static inline HD real row_dot(const real *x, const real *y, int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    ROW_LOOP
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++) lanes[lane] += x[i + lane] * y[i + lane];
    for (int lane = 0; lane < ROW_LANES; lane++)
        if (whole + lane < n) lanes[lane] += x[whole + lane] * y[whole + lane];
    return row_add_lanes(lanes);
}

/* [x + sign y, v]; the sum of the rows is formed element by element, so that nearly opposite rows
 * lose no digits. */
static inline HD real row_sum_dot(const real *x, real sign, const real *y, const real *v,
                                  int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    ROW_LOOP
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++)
            lanes[lane] += (x[i + lane] + sign * y[i + lane]) * v[i + lane];
    for (int lane = 0; lane < ROW_LANES; lane++)
        if (whole + lane < n)
            lanes[lane] += (x[whole + lane] + sign * y[whole + lane]) * v[whole + lane];
    return row_add_lanes(lanes);
}

/* [x/length, y]. */
static inline HD real row_unit_dot(const real *x, real length, const real *y, int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    ROW_LOOP
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++)
            lanes[lane] += x[i + lane] / length * y[i + lane];
    for (int lane = 0; lane < ROW_LANES; lane++)
        if (whole + lane < n) lanes[lane] += x[whole + lane] / length * y[whole + lane];
    return row_add_lanes(lanes);
}

/* Element by element x - along v/length: x across v, for length = |v| and along = [x, v/|v|]. In
 * one dimension it is exactly 0, as v/|v| is exactly 1 or -1. */
static inline HD real row_across(real x, real along, real v, real length) {
    return x - along * (v / length);
}

/* [x across v, y]. */
static inline HD real row_across_dot(const real *x, real along, const real *v, real length,
                                     const real *y, int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    ROW_LOOP
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++)
            lanes[lane] += row_across(x[i + lane], along, v[i + lane], length) * y[i + lane];
    for (int lane = 0; lane < ROW_LANES; lane++)
        if (whole + lane < n)
            lanes[lane] +=
                row_across(x[whole + lane], along, v[whole + lane], length) * y[whole + lane];
    return row_add_lanes(lanes);
}

/* |x across v|^2. */
static inline HD real row_across_square(const real *x, real along, const real *v, real length,
                                        int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    ROW_LOOP
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++) {
            const real w = row_across(x[i + lane], along, v[i + lane], length);
            lanes[lane] += w * w;
        }
    for (int lane = 0; lane < ROW_LANES; lane++) {
        if (whole + lane >= n) break;
        const real w = row_across(x[whole + lane], along, v[whole + lane], length);
        lanes[lane] += w * w;
    }
    return row_add_lanes(lanes);
}

/* |x + factor y|^2. */
static inline HD real row_sum_square(const real *x, real factor, const real *y, int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    ROW_LOOP
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++) {
            const real w = x[i + lane] + factor * y[i + lane];
            lanes[lane] += w * w;
        }
    for (int lane = 0; lane < ROW_LANES; lane++) {
        if (whole + lane >= n) break;
        const real w = x[whole + lane] + factor * y[whole + lane];
        lanes[lane] += w * w;
    }
    return row_add_lanes(lanes);
}

/* |x + factor y| when its square would overflow, or lose digits to underflow: divides by the
 * largest element first. */
static inline HD real row_sum_norm_scaled(const real *x, real factor, const real *y, int64_t n) {
    real largest = 0, sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const real w = fabs(x[i] + factor * y[i]);
        if (w > largest) largest = w;
    }
    if (largest == 0 || largest > REAL_MAX) return largest;
    for (int64_t i = 0; i < n; i++) {
        const real w = (x[i] + factor * y[i]) / largest;
        sum += w * w;
    }
    return largest * sqrt(sum);
}

/* |x + factor y|; finite whenever it is representable. */
static inline HD real row_sum_norm(const real *x, real factor, const real *y, int64_t n) {
    const real square = row_sum_square(x, factor, y, n);
    const bool safe = square > (real)1e-24 && square <= REAL_MAX;
    return safe || square != square ? sqrt(square) : row_sum_norm_scaled(x, factor, y, n);
}

/* |x|. */
static inline HD real row_norm(const real *x, int64_t n) {
    return row_sum_norm(x, 0, x, n);
}

#endif
