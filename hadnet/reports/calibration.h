/* calibration.h - how far the probabilities of a network can be trusted.
 *
 * NLL, the negative log-likelihood, is the mean of -log P(true class) over all pixels. The expected
 * calibration error sorts pixels by the probability of their predicted class into 15 bins of equal
 * width, and averages |share of correct pixels - mean probability| over them, weighted by their
 * pixels (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, eq. 3).
 */
#ifndef HADNET_CALIBRATION_H
#define HADNET_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

enum { CALIBRATION_BINS = 15 };

/* Start all-zero. */
typedef struct Calibration {
    int64_t pixels[CALIBRATION_BINS], correct[CALIBRATION_BINS];
    double confidence[CALIBRATION_BINS]; /* the sum over the bin's pixels */
    double log_likelihood;               /* the sum over all pixels */
} Calibration;

/* Add a pixel: the probabilities of its predicted and of its true class. A likelihood of 0, where
 * float has no smaller number, counts as the smallest normal float. NaN makes both results NaN. */
void calibration_add(Calibration *calibration, float confidence, float likelihood, bool correct);

/* NaN of no pixel. */
double calibration_nll(const Calibration *calibration);
double calibration_error(const Calibration *calibration);

#endif
