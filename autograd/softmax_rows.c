#include "autograd/softmax_rows.h"

#include "autograd/turned_rows.h"
#include "tensor/elementary.h"

/* What softmax_row does, channel by channel of turned rows. */
static void turned_softmax(TurnedRows *x, real temperature, real *largest, real *total) {
    for (int r = 0; r < TURNED_ROWS; r++) {
        largest[r] = -(real)INFINITY;
        total[r] = 0;
    }
    for (int64_t k = 0; k < x->channels; k++) {
        const real *of = x->of[k];
#pragma omp simd
        for (int r = 0; r < TURNED_ROWS; r++) largest[r] = of[r] > largest[r] ? of[r] : largest[r];
    }
    for (int64_t k = 0; k < x->channels; k++) {
        real *of = x->of[k];
#pragma omp simd
        for (int r = 0; r < TURNED_ROWS; r++) {
            const real power = exponential_value(exponential((of[r] - largest[r]) / temperature));
            of[r] = power;
            total[r] += power;
        }
    }
    for (int64_t k = 0; k < x->channels; k++) {
        real *of = x->of[k];
#pragma omp simd
        for (int r = 0; r < TURNED_ROWS; r++) of[r] *= 1 / total[r];
    }
}

static void few_channels(const real *x, real temperature, int64_t rows, int64_t n, real *p,
                         SoftmaxSum *sums) {
    TurnedRows turned;
    real largest[TURNED_ROWS], total[TURNED_ROWS];
    turned_load(&turned, x, n, rows, n);
    turned_softmax(&turned, temperature, largest, total);
    turned_store(&turned, n, p);
    if (!sums) return;
#pragma omp simd
    for (int r = 0; r < TURNED_ROWS; r++) total[r] = elementary_log(total[r]);
    for (int64_t r = 0; r < rows; r++) sums[r] = (SoftmaxSum){ largest[r], total[r] };
}

void softmax_rows(const real *x, real temperature, int64_t rows, int64_t n, real *p,
                  SoftmaxSum *sums) {
    const bool few = n <= TURNED_CHANNELS;
    for (int64_t first = 0; few && first < rows; first += TURNED_ROWS)
        few_channels(x + first * n, temperature, turned_left(rows, first, TURNED_ROWS), n,
                     p + first * n, sums ? sums + first : NULL);
    for (int64_t row = 0; !few && row < rows; row++) {
        const SoftmaxSum sum = softmax_row(x + row * n, temperature, n, p + row * n);
        if (sums) sums[row] = sum;
    }
}
