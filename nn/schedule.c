/* schedule.c - step decay, cosine, one-cycle and warm-up schedules. */
#include "nn/schedule.h"

#include <math.h>

double schedule_step_decay(double base, double factor, int64_t period, int64_t step) {
    return period > 0 ? base * pow(factor, (double)(step / period)) : base;
}

double schedule_cosine(double base, double lowest, int64_t total, int64_t step) {
    if (step >= total) return lowest;
    const double angle = 3.14159265358979323846 * (double)step / (double)total;
    return lowest + (base - lowest) * (1 + cos(angle)) / 2;
}

/* From a at 0 to b at 1 along half a cosine. */
static double half_cosine(double a, double b, double at) {
    return b + (a - b) * (1 + cos(3.14159265358979323846 * at)) / 2;
}

double schedule_one_cycle(double highest, double rise, int64_t total, int64_t step) {
    const double first = highest / 25, lowest = first / 1e4;
    const double top = rise * (double)total - 1, end = (double)total - 1, at = (double)step;
    if (at >= end) return lowest;
    if (at < top) return half_cosine(first, highest, at / top);
    return half_cosine(highest, lowest, (at - fmax(top, 0)) / (end - fmax(top, 0)));
}

double schedule_warm_up(int64_t length, int64_t step) {
    return step < length ? (double)(step + 1) / (double)length : 1;
}
