/* paired_difference.c - means, deviations and Student's intervals. */
#include "hadnet/ablation/paired_difference.h"

#include "tensor/error.h"

#include <math.h>

enum { PAIRS_MAX = 64 };

/* P(|T| <= t), from the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4. */
static double within(double t, int degrees) {
    const double angle = atan(t / sqrt(degrees)), cosine = cos(angle), sine = sin(angle);
    const bool odd = degrees % 2 == 1;
    double term = odd ? cosine : 1, sum = 0;
    for (int k = odd ? 1 : 0; k <= degrees - 2; k += 2) {
        sum += term;
        term *= cosine * cosine * (k + 1) / (k + 2);
    }
    return odd ? 2 / acos(-1) * (angle + sine * sum) : sine * sum;
}

double student_quantile(int degrees) {
    double low = 0, high = 16;
    for (int i = 0; i < 64; i++) {
        const double middle = (low + high) / 2;
        if (within(middle, degrees) < 0.95)
            low = middle;
        else
            high = middle;
    }
    return low;
}

Spread spread_of(const double *values, int count) {
    Spread spread = { 0, NAN, NAN, NAN };
    double sum = 0, squares = 0;
    for (int i = 0; i < count; i++) {
        if (isnan(values[i])) continue;
        spread.count++;
        sum += values[i];
    }
    if (spread.count == 0) return spread;
    spread.mean = sum / spread.count;
    for (int i = 0; i < count; i++)
        if (!isnan(values[i])) squares += pow(values[i] - spread.mean, 2);
    if (spread.count < 2) return spread;
    spread.deviation = sqrt(squares / (spread.count - 1));
    spread.half =
        student_quantile(spread.count - 1) * spread.deviation / sqrt((double)spread.count);
    return spread;
}

Spread spread_of_differences(const double *a, const double *b, int count) {
    double differences[PAIRS_MAX];
    PROMISE(count <= PAIRS_MAX, "%d pairs, at most %d", count, PAIRS_MAX);
    for (int i = 0; i < count; i++) differences[i] = a[i] - b[i];
    return spread_of(differences, count);
}
