/* calibration.c - bins of confidence, and the sum of logarithms. */
#include "hadnet/reports/calibration.h"

#include <float.h>
#include <math.h>

void calibration_add(Calibration *calibration, float confidence, float likelihood, bool correct) {
    const int wish = (int)(confidence * CALIBRATION_BINS);
    const int bin = wish < 0 || isnan(confidence) ? 0
                    : wish >= CALIBRATION_BINS    ? CALIBRATION_BINS - 1
                                                  : wish;
    calibration->pixels[bin]++;
    calibration->correct[bin] += correct;
    calibration->confidence[bin] += (double)confidence;
    calibration->log_likelihood += (double)logf(likelihood < FLT_MIN ? FLT_MIN : likelihood);
}

static int64_t all_pixels(const Calibration *calibration) {
    int64_t all = 0;
    for (int bin = 0; bin < CALIBRATION_BINS; bin++) all += calibration->pixels[bin];
    return all;
}

double calibration_nll(const Calibration *calibration) {
    return -calibration->log_likelihood / (double)all_pixels(calibration);
}

double calibration_error(const Calibration *calibration) {
    double sum = 0;
    for (int bin = 0; bin < CALIBRATION_BINS; bin++)
        sum += fabs((double)calibration->correct[bin] - calibration->confidence[bin]);
    return sum / (double)all_pixels(calibration);
}
