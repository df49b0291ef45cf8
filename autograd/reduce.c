/* reduce.c - sums by chunks, added pairwise. */
#include "autograd/reduce.h"

#include "autograd/pointwise.h"
#include "tensor/parallel.h"

enum { CHUNKS_AT_ONCE = 256 };

static real sum_chunk(const real *x, int64_t n) {
    real lanes[REDUCE_LANES] = { 0 };
    int64_t i = 0;
    for (; i + REDUCE_LANES <= n; i += REDUCE_LANES)
        for (int lane = 0; lane < REDUCE_LANES; lane++) lanes[lane] += x[i + lane];
    for (int lane = 0; i < n; i++, lane++) lanes[lane] += x[i];
    return reduce_pairwise(lanes, REDUCE_LANES, 1);
}

real reduce_squared_differences(const real *a, const real *b, int64_t n) {
    real lanes[REDUCE_LANES] = { 0 };
    int64_t i = 0;
    for (; i + REDUCE_LANES <= n; i += REDUCE_LANES)
        for (int lane = 0; lane < REDUCE_LANES; lane++)
            lanes[lane] += squared_difference_value(a[i + lane], b[i + lane]);
    for (int lane = 0; i < n; i++, lane++) lanes[lane] += squared_difference_value(a[i], b[i]);
    return reduce_pairwise(lanes, REDUCE_LANES, 1);
}

real reduce_pairwise(real *partial, int64_t count, int64_t stride) {
    for (int64_t half = 1; half < count; half *= 2)
        for (int64_t i = 0; i + half < count; i += 2 * half)
            partial[i * stride] += partial[(i + half) * stride];
    return count ? partial[0] : 0;
}

real reduce_sum(const real *x, int64_t n) {
    real total = 0;
    real partial[CHUNKS_AT_ONCE];
    const int64_t chunks = (n + REDUCE_CHUNK - 1) / REDUCE_CHUNK;
    for (int64_t first = 0; first < chunks; first += CHUNKS_AT_ONCE) {
        const int64_t count = chunks - first < CHUNKS_AT_ONCE ? chunks - first : CHUNKS_AT_ONCE;
#pragma omp parallel for schedule(static) if (parallel_pays_from(count, 5))
        for (int64_t i = 0; i < count; i++) {
            const int64_t start = (first + i) * REDUCE_CHUNK;
            partial[i] = sum_chunk(x + start, n - start < REDUCE_CHUNK ? n - start : REDUCE_CHUNK);
        }
        total += reduce_pairwise(partial, count, 1);
    }
    return total;
}
