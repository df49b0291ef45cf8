/* softmax_rows.c - transposes rows of few channels first; processes others one by one. */
#include "autograd/softmax_rows.h"

#include "autograd/transposed_rows.h"
#include "tensor/elementary.h"

/* softmax_row for transposed rows, channel by channel. */
static void transposed_softmax(TransposedRows *x, real temperature, real *largest, real *total) {
    for (int r = 0; r < TRANSPOSED_ROWS; r++) {
        largest[r] = -(real)INFINITY;
        total[r] = 0;
    }
    for (int64_t k = 0; k < x->channels; k++) {
        const real *of = x->of[k];
#pragma omp simd
        for (int r = 0; r < TRANSPOSED_ROWS; r++)
            largest[r] = of[r] > largest[r] ? of[r] : largest[r];
    }
    for (int64_t k = 0; k < x->channels; k++) {
        real *of = x->of[k];
#pragma omp simd
        for (int r = 0; r < TRANSPOSED_ROWS; r++) {
            const real power = exponential_value(exponential((of[r] - largest[r]) / temperature));
            of[r] = power;
            total[r] += power;
        }
    }
    for (int64_t k = 0; k < x->channels; k++) {
        real *of = x->of[k];
#pragma omp simd
        for (int r = 0; r < TRANSPOSED_ROWS; r++) of[r] *= 1 / total[r];
    }
}

static void few_channels(const real *x, real temperature, int64_t rows, int64_t n, real *p,
                         SoftmaxSum *sums) {
    TransposedRows block;
    real largest[TRANSPOSED_ROWS], total[TRANSPOSED_ROWS];
    transposed_load(&block, x, n, rows, n);
    transposed_softmax(&block, temperature, largest, total);
    transposed_store(&block, n, p);
    if (!sums) return;
#pragma omp simd
    for (int r = 0; r < TRANSPOSED_ROWS; r++) total[r] = elementary_log(total[r]);
    for (int64_t r = 0; r < rows; r++) sums[r] = (SoftmaxSum){ largest[r], total[r] };
}

void softmax_rows(const real *x, real temperature, int64_t rows, int64_t n, real *p,
                  SoftmaxSum *sums) {
    const bool few = n <= TRANSPOSED_CHANNELS;
    for (int64_t first = 0; few && first < rows; first += TRANSPOSED_ROWS)
        few_channels(x + first * n, temperature, transposed_left(rows, first, TRANSPOSED_ROWS), n,
                     p + first * n, sums ? sums + first : NULL);
    for (int64_t row = 0; !few && row < rows; row++) {
        const SoftmaxSum sum = softmax_row(x + row * n, temperature, n, p + row * n);
        if (sums) sums[row] = sum;
    }
}
