/* axis.c - places values and ticks on an axis. */
#include "hadnet/reports/axis.h"

#include <math.h>
#include <stdio.h>

double axis_place(const Axis *axis, double value) {
    return axis->from + (value - axis->low) / (axis->high - axis->low) * (axis->to - axis->from);
}

/* The smallest of 1, 2, 5 times a power of ten that divides the range into at most `ticks`
 * parts. */
static double round_step(double range, int ticks) {
    const double least = range / ticks, power = pow(10, floor(log10(least)));
    const double factor = least / power;
    const double slack = 1 + 1e-9; /* 0.3 / 3 is a little more than 0.1 */
    return power * (factor <= slack ? 1 : factor <= 2 * slack ? 2 : factor <= 5 * slack ? 5 : 10);
}

void axis_fit(Axis *axis, int ticks) {
    const double size = fmax(fabs(axis->low), fabs(axis->high));
    if (!(axis->high - axis->low > 1e-9 * size)) {
        const double half = size > 0 ? 0.5 * size : 0.5;
        axis->low -= half;
        axis->high += half;
    }
    axis->step = round_step(axis->high - axis->low, ticks);
    axis->low = floor(axis->low / axis->step + 1e-9) * axis->step;
    axis->high = ceil(axis->high / axis->step - 1e-9) * axis->step;
}

int axis_tick_count(const Axis *axis) {
    return (int)lround((axis->high - axis->low) / axis->step);
}

/* A whole multiple of the step, so that zero is zero. */
double axis_tick(const Axis *axis, int i) {
    return (round(axis->low / axis->step) + i) * axis->step;
}

void axis_tick_text(const Axis *axis, int i, char *text, size_t size) {
    snprintf(text, size, "%.4g", axis_tick(axis, i));
}
