/* row.h - inner products and lengths of rows: x[0..n-1].
 *
 * Sums run in eight interleaved lanes, which the compiler keeps in one vector register, and whose
 * order depends on n alone.
 */
#ifndef HYP_ROW_H
#define HYP_ROW_H

#include "tensor/real.h"

enum { ROW_LANES = 8 };

static inline HD real row_add_lanes(const real *lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
           ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* [x, y]. */
static inline HD real row_dot(const real *x, const real *y, int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++) lanes[lane] += x[i + lane] * y[i + lane];
    for (int64_t i = whole; i < n; i++) lanes[i - whole] += x[i] * y[i];
    return row_add_lanes(lanes);
}

/* [x + sign y, v]; the sum of two rows is formed element by element, so that nearly opposite rows
 * keep their digits. */
static inline HD real row_sum_dot(const real *x, real sign, const real *y, const real *v,
                                  int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++)
            lanes[lane] += (x[i + lane] + sign * y[i + lane]) * v[i + lane];
    for (int64_t i = whole; i < n; i++) lanes[i - whole] += (x[i] + sign * y[i]) * v[i];
    return row_add_lanes(lanes);
}

/* |x + factor y|^2. */
static inline HD real row_sum_square(const real *x, real factor, const real *y, int64_t n) {
    real lanes[ROW_LANES] = { 0 };
    const int64_t whole = n - n % ROW_LANES;
    for (int64_t i = 0; i < whole; i += ROW_LANES)
        for (int lane = 0; lane < ROW_LANES; lane++) {
            const real w = x[i + lane] + factor * y[i + lane];
            lanes[lane] += w * w;
        }
    for (int64_t i = whole; i < n; i++) {
        const real w = x[i] + factor * y[i];
        lanes[i - whole] += w * w;
    }
    return row_add_lanes(lanes);
}

/* |x + factor y| when its square would overflow, or lose digits to underflow: divide by the
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
