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

double schedule_warm_up(int64_t length, int64_t step) {
    return step < length ? (double)(step + 1) / (double)length : 1;
}
